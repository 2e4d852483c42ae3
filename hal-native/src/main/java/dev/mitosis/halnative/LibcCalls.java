package dev.mitosis.halnative;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls through the C library that the virtual machine itself is linked to, mapped directly. Numbers are those of x86-64.
 *
 * <p>Cost: 70 to 400 ns a call. Source: Linux {@code arch/x86/entry/syscalls/syscall_64.tbl}.
 */
public final class LibcCalls implements LinuxCalls {
    private static final long RT_SIGACTION = 13;
    private static final long RT_SIGPROCMASK = 14;
    private static final long SHMGET = 29;
    private static final long SHMAT = 30;
    private static final long SHMCTL = 31;
    private static final long FCNTL = 72;
    private static final long FTRUNCATE = 77;
    private static final long PRCTL = 157;
    private static final long SCHED_SETAFFINITY = 203;
    private static final long SCHED_GETAFFINITY = 204;
    private static final long MBIND = 237;
    private static final long SET_MEMPOLICY = 238;
    private static final long GET_MEMPOLICY = 239;
    private static final long MOVE_PAGES = 279;
    private static final long SET_PGTBLREPLPOLICY = 400;
    private static final long GET_PGTBLREPLPOLICY = 401;
    private static final long OPEN = 2;
    private static final long MMAP = 9;
    private static final long MUNMAP = 11;
    private static final long MADVISE = 28;

    private static final int SIG_SETMASK = 2;
    private static final long SIG_IGN = 1;
    private static final long SIGNAL_SET_BYTES = 8;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    private static final int IPC_STAT = 2;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    /** shmid_ds starts with ipc_perm, of 48 bytes; then comes shm_segsz. */
    private static final int SHM_SEGSZ = 48;

    private static final int SHMID_DS_BYTES = 256;

    static {
        Native.register(LibcCalls.class, NativeLibrary.getProcess());
    }

    @Override
    public int setMempolicy(int mode, long @Nullable [] nodes, long maxNode) {
        try {
            return (int) syscall(SET_MEMPOLICY, mode, nodes, maxNode);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int getMempolicy(int @Nullable [] mode, long @Nullable [] nodes, long maxNode, long va, int flags) {
        try {
            return (int) syscall(GET_MEMPOLICY, mode, nodes, maxNode, va, flags);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int mbind(long va, long length, int mode, long @Nullable [] nodes, long maxNode, int flags) {
        try {
            return (int) syscall(MBIND, va, length, mode, nodes, maxNode, flags);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int movePages(int pid, long[] pages, int @Nullable [] nodes, int[] status, int flags) {
        try {
            return (int) syscall(MOVE_PAGES, pid, pages.length, pages, nodes, status, flags);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int schedSetaffinity(int pid, long[] cpus) {
        try {
            return (int) syscall(SCHED_SETAFFINITY, pid, cpus.length * 8L, cpus);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int schedGetaffinity(int pid, long[] cpus) {
        try {
            return (int) syscall(SCHED_GETAFFINITY, pid, cpus.length * 8L, cpus);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int prctl(int option, long arg2, long arg3, long arg4, long arg5) {
        return (int) plain(PRCTL, option, arg2, arg3, arg4, arg5, 0);
    }

    @Override
    public int setPageTableReplication(int mode, long[] nodes, long maxNode) {
        try {
            return (int) syscall(SET_PGTBLREPLPOLICY, mode, nodes, maxNode);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int getPageTableReplication(int[] mode, long[] nodes, long maxNode) {
        try {
            return (int) syscall(GET_PGTBLREPLPOLICY, mode, nodes, maxNode, 0L, 0L);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int execvp(List<byte[]> argv) {
        Pointer[] strings = new Pointer[argv.size()];
        try (Memory array = new Memory((argv.size() + 1L) * 8)) {
            for (int i = 0; i < strings.length; i++) {
                byte[] bytes = argv.get(i);
                Memory string = new Memory(bytes.length + 1L);
                string.write(0, bytes, 0, bytes.length);
                string.setByte(bytes.length, (byte) 0);
                strings[i] = string;
                array.setPointer(i * 8L, string);
            }
            array.setLong(strings.length * 8L, 0);
            return execvp(strings[0], array);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        } finally {
            for (Pointer string : strings) {
                if (string instanceof Memory memory) {
                    memory.close();
                }
            }
        }
    }

    @Override
    public int setSignalMask(long signals) {
        try {
            return (int) syscall(RT_SIGPROCMASK, SIG_SETMASK, new long[] {signals}, 0L, 8L);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int ignoreSignal(int signal) {
        // The kernel's own call: the C library keeps two signals for itself and refuses them.
        long[] action = {SIG_IGN, 0, 0, 0};
        try {
            return (int) syscall(RT_SIGACTION, signal, action, 0L, SIGNAL_SET_BYTES);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int closeOnExec(int fd) {
        return (int) plain(FCNTL, fd, F_SETFD, FD_CLOEXEC, 0, 0, 0);
    }

    @Override
    public int open(String path, int flags, int mode) {
        try {
            return (int) syscall(OPEN, path, flags, mode);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int ftruncate(int fd, long length) {
        return (int) plain(FTRUNCATE, fd, length, 0, 0, 0, 0);
    }

    @Override
    public long mmapShared(int fd, long offset, long length) {
        return plain(MMAP, 0, length, PROT_READ_WRITE, MAP_SHARED, fd, offset);
    }

    @Override
    public long mmapPrivate(long length) {
        return plain(MMAP, 0, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    }

    @Override
    public int munmap(long va, long length) {
        return (int) plain(MUNMAP, va, length, 0, 0, 0, 0);
    }

    @Override
    public int madvise(long va, long length, int advice) {
        return (int) plain(MADVISE, va, length, advice, 0, 0, 0);
    }

    @Override
    public int shmget(int key, long length, int flags) {
        return (int) plain(SHMGET, key, length, flags, 0, 0, 0);
    }

    @Override
    public long shmat(int id) {
        return plain(SHMAT, id, 0, 0, 0, 0, 0);
    }

    @Override
    public long shmSize(int id) {
        long[] state = new long[SHMID_DS_BYTES / 8];
        try {
            syscall(SHMCTL, id, IPC_STAT, state);
            return state[SHM_SEGSZ / 8];
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public void touch(long va, long length, int pageBytes) {
        Pointer memory = new Pointer(va);
        for (long offset = 0; offset < length; offset += pageBytes) {
            memory.setByte(offset, memory.getByte(offset));
        }
    }

    @Override
    public ByteBuffer view(long va, int length) {
        return new Pointer(va).getByteBuffer(0, length);
    }

    @Override
    public String strerror(int errno) {
        return strerrorText(errno);
    }

    private static long plain(long number, long a, long b, long c, long d, long e, long f) {
        try {
            return syscall(number, a, b, c, d, e, f);
        } catch (LastErrorException failed) {
            return -failed.getErrorCode();
        }
    }

    private static String strerrorText(int errno) {
        Pointer text = strerror((long) errno);
        return text == null ? "error " + errno : text.getString(0);
    }

    // One declaration for each shape of arguments: a directly mapped method has no variable arguments.

    private static native long syscall(long number, long a, long b, long c, long d, long e, long f)
            throws LastErrorException;

    private static native long syscall(long number, long a, long @Nullable [] b, long c) throws LastErrorException;

    private static native long syscall(long number, long a, long b, long[] c) throws LastErrorException;

    private static native long syscall(long number, String a, long b, long c) throws LastErrorException;

    private static native long syscall(long number, long a, long[] b, long c, long d) throws LastErrorException;

    private static native long syscall(long number, int @Nullable [] a, long @Nullable [] b, long c, long d, long e)
            throws LastErrorException;

    private static native long syscall(long number, long a, long b, long c, long @Nullable [] d, long e, long f)
            throws LastErrorException;

    private static native long syscall(long number, long a, long b, long[] c, int @Nullable [] d, int[] e, long f)
            throws LastErrorException;

    private static native int execvp(Pointer file, Pointer argv) throws LastErrorException;

    private static native @Nullable Pointer strerror(long errno);
}
