package dev.mitosis.shim.numactl;

/** The end of a numactl run, before or instead of executing a program. What was to be said has been said. */
final class NumactlExit extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;

    NumactlExit(int code) {
        super(null, null, false, false);
        this.code = code;
    }

    int code() {
        return code;
    }
}
