package dev.mitosis.halnative.libc;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The system calls that place memory and threads, and those that hand the process over to another program. All act on the
 * calling thread.
 *
 * <p>Errors: a negative result is an errno, as the kernel itself returns it; nothing is thrown.
 *
 * <p>Shape: a mask is an array of 64-bit words, the lowest first; {@code maxNode} is how many of its bits count, plus one, which is
 * how Linux reads it.
 *
 * <p>Source: set_mempolicy(2), get_mempolicy(2), mbind(2), move_pages(2), sched_setaffinity(2), prctl(2), execvp(3), shmget(2).
 */
public interface LinuxCalls {
    int setMempolicy(int mode, long @Nullable [] nodes, long maxNode);

    int getMempolicy(int @Nullable [] mode, long @Nullable [] nodes, long maxNode, long va, int flags);

    int mbind(long va, long length, int mode, long @Nullable [] nodes, long maxNode, int flags);

    /** Moves or, without {@code nodes}, only finds the pages of a process; {@code status} gets a node or an errno for each. */
    int movePages(int pid, long[] pages, int @Nullable [] nodes, int[] status, int flags);

    int schedSetaffinity(int pid, long[] cpus);

    /** Returns how many bytes of the mask the kernel wrote. */
    int schedGetaffinity(int pid, long[] cpus);

    /** Returns what the option returns, which may be a mask of 64 bits, or a negative errno. */
    long prctl(int option, long arg2, long arg3, long arg4, long arg5);

    /** System call 400 of Mitosis on Linux 4.17; another call, or none, on every other kernel: see the package replication. */
    int setPageTableReplication(int mode, long[] nodes, long maxNode);

    /** System call 401 of Mitosis on Linux 4.17. */
    int getPageTableReplication(int[] mode, long[] nodes, long maxNode);

    /**
     * Replaces the process by a program, which takes over its number, descriptors and environment.
     *
     * @param argv the program, looked for in PATH, and its arguments, as the bytes that they are
     * @return only if that failed: an errno
     */
    int execvp(List<byte[]> argv);

    /** The same, with another environment: names and values as the bytes that they are. The program is looked for in this process' PATH. */
    int execvpe(List<byte[]> argv, List<byte[]> environment);

    /** Sets which signals the calling thread blocks: bit {@code n - 1} is signal {@code n}. */
    int setSignalMask(long signals);

    /** Lets the process ignore a signal; unlike a handler, that outlives exec. */
    int ignoreSignal(int signal);

    /** Makes a descriptor end with the next exec. */
    int closeOnExec(int fd);

    /** Opens a file, with the flags of open(2). */
    int open(String path, int flags, int mode);

    int ftruncate(int fd, long length);

    /** Maps a file shared, readable and writable. */
    long mmapShared(int fd, long offset, long length);

    /** Maps private, anonymous memory, readable and writable. */
    long mmapPrivate(long length);

    int munmap(long va, long length);

    /** Tells the kernel how memory will be used, by the numbers of madvise(2). */
    int madvise(long va, long length, int advice);

    int shmget(int key, long length, int flags);

    /** Attaches a segment wherever there is room. */
    long shmat(int id);

    /** The size of a segment in bytes. */
    long shmSize(int id);

    /** Reads and writes back one byte of each page, so that the page comes to be. */
    void touch(long va, long length, int pageBytes);

    /** Mapped memory as a buffer, which must not be used once it is unmapped. */
    ByteBuffer view(long va, int length);

    /** The text of an errno in the C locale. */
    String strerror(int errno);
}
