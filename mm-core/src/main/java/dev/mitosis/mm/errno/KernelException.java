package dev.mitosis.mm.errno;

/** What a program did wrong, or what the machine lacked: an errno with the reason in the words of the man page. */
public final class KernelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Errno errno;

    public KernelException(Errno errno, String reason) {
        // No stack trace: a failing call is an answer, and random campaigns make millions of them.
        super(errno + ": " + reason, null, false, false);
        this.errno = errno;
    }

    public Errno errno() {
        return errno;
    }
}
