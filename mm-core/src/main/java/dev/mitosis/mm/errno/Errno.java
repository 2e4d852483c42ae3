package dev.mitosis.mm.errno;

/**
 * The error numbers that memory calls return.
 *
 * <p>Source: errno(3); Linux {@code include/uapi/asm-generic/errno-base.h}.
 */
public enum Errno {
    EPERM(1),
    ENOENT(2),
    ESRCH(3),
    EINTR(4),
    EIO(5),
    ENXIO(6),
    EBADF(9),
    EAGAIN(11),
    ENOMEM(12),
    EACCES(13),
    EFAULT(14),
    EBUSY(16),
    EEXIST(17),
    ENODEV(19),
    EINVAL(22),
    ENOSYS(38),
    EOVERFLOW(75),
    EOPNOTSUPP(95),
    EALREADY(114);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    /** The positive number; a system call returns its negation. */
    public int number() {
        return number;
    }
}
