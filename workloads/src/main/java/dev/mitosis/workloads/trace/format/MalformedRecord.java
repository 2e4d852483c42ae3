package dev.mitosis.workloads.trace.format;

/** What was read is no record of its format. Whoever knows the place makes a trace exception of it. */
final class MalformedRecord extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedRecord(String what) {
        super(what, null, false, false);
    }

    /** What is wrong. */
    String what() {
        return String.valueOf(getMessage());
    }
}
