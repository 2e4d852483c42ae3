package dev.mitosis.shim.numactl;

/** The end of numactl before any program: everything is printed. */
final class NumactlExit extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;

    NumactlExit(int code) {
        super("exit " + code, null, false, false);
        this.code = code;
    }

    int code() {
        return code;
    }
}
