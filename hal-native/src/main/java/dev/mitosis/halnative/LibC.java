package dev.mitosis.halnative;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the C library that are made, mapped directly.
 *
 * <p>Errors: {@link LastErrorException} carries errno.
 *
 * <p>Source: man pages of each; system call numbers of x86-64.
 */
final class LibC {
    static final long SYS_SET_MEMPOLICY = 238;
    static final long SYS_GET_MEMPOLICY = 239;
    static final long SYS_SCHED_SETAFFINITY = 203;
    static final long SYS_SCHED_GETAFFINITY = 204;
    static final long SYS_PRCTL = 157;
    static final int F_SETFD = 2;
    static final int FD_CLOEXEC = 1;
    static final int SIG_SETMASK = 2;

    static {
        Native.register(LibC.class, "c");
    }

    private LibC() {}

    static native long syscall(long number, long a, long @Nullable [] b, long c) throws LastErrorException;

    static native long syscall(long number, int[] a, long @Nullable [] b, long c, long d, long e)
            throws LastErrorException;

    static native long syscall(long number, long a, long b, long c, long d, long e) throws LastErrorException;

    static native long syscall(long number, long a, long b, long[] c) throws LastErrorException;

    static native int execvp(String file, Pointer argv) throws LastErrorException;

    static native int fcntl(int fd, int command, int argument) throws LastErrorException;

    static native int pthread_sigmask(int how, long[] set, @Nullable Pointer old);

    static native String strerror(int errno);
}
