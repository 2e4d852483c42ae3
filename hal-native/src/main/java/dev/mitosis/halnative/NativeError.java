package dev.mitosis.halnative;

/** A call of the host's kernel that failed: its errno, and the C library's words for it. */
public final class NativeError extends Exception {
    public static final int EINVAL = 22;
    public static final int ENOSYS = 38;

    private static final long serialVersionUID = 1L;

    private final int errno;

    NativeError(int errno) {
        super(LibC.strerror(errno));
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }

    /** The words of strerror(3). */
    public String words() {
        return String.valueOf(getMessage());
    }
}
