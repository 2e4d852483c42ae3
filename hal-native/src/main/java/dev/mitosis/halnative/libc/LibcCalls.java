package dev.mitosis.halnative.libc;

import com.sun.jna.Function;
import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls through the C library that the virtual machine itself is linked to. Numbers are those of x86-64.
 *
 * <p>Cost: 1.9 to 2.4 times that of a method that JNA maps directly, which takes 70 to 400 ns. But mapping the first one loads what JNA
 * describes types by, structures with annotations, which make proxies: a fifth of the launcher's start, and it makes some ten calls.
 *
 * <p>Source: Linux {@code arch/x86/entry/syscalls/syscall_64.tbl}.
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

    private static final NativeLibrary LIBC = NativeLibrary.getProcess();
    private static final Function SYSCALL = LIBC.getFunction("syscall", Function.THROW_LAST_ERROR);

    @Override
    public int setMempolicy(int mode, long @Nullable [] nodes, long maxNode) {
        return (int) call(SET_MEMPOLICY, mode, nodes, maxNode);
    }

    @Override
    public int getMempolicy(int @Nullable [] mode, long @Nullable [] nodes, long maxNode, long va, int flags) {
        return (int) call(GET_MEMPOLICY, mode, nodes, maxNode, va, flags);
    }

    @Override
    public int mbind(long va, long length, int mode, long @Nullable [] nodes, long maxNode, int flags) {
        return (int) call(MBIND, va, length, mode, nodes, maxNode, flags);
    }

    @Override
    public int movePages(int pid, long[] pages, int @Nullable [] nodes, int[] status, int flags) {
        return (int) call(MOVE_PAGES, pid, pages.length, pages, nodes, status, flags);
    }

    @Override
    public int schedSetaffinity(int pid, long[] cpus) {
        return (int) call(SCHED_SETAFFINITY, pid, cpus.length * 8L, cpus);
    }

    @Override
    public int schedGetaffinity(int pid, long[] cpus) {
        return (int) call(SCHED_GETAFFINITY, pid, cpus.length * 8L, cpus);
    }

    @Override
    public long prctl(int option, long arg2, long arg3, long arg4, long arg5) {
        return call(PRCTL, option, arg2, arg3, arg4, arg5, 0);
    }

    @Override
    public int setPageTableReplication(int mode, long[] nodes, long maxNode) {
        return (int) call(SET_PGTBLREPLPOLICY, mode, nodes, maxNode);
    }

    @Override
    public int getPageTableReplication(int[] mode, long[] nodes, long maxNode) {
        return (int) call(GET_PGTBLREPLPOLICY, mode, nodes, maxNode, 0L, 0L);
    }

    @Override
    public int execvp(List<byte[]> argv) {
        try (Memory words = strings(argv)) {
            return exec("execvp", words.getPointer(0), words);
        }
    }

    @Override
    public int execvpe(List<byte[]> argv, List<byte[]> environment) {
        try (Memory words = strings(argv);
                Memory variables = strings(environment)) {
            return exec("execvpe", words.getPointer(0), words, variables);
        }
    }

    private static int exec(String function, Pointer... arguments) {
        try {
            return LIBC.getFunction(function, Function.THROW_LAST_ERROR).invokeInt(arguments);
        } catch (LastErrorException failed) {
            return -failed.getErrorCode();
        }
    }

    /** An array of pointers with null at its end, then what they point to, each with a zero byte at its end. */
    static Memory strings(List<byte[]> texts) {
        long at = (texts.size() + 1L) * Long.BYTES;
        long size = at;
        for (byte[] text : texts) {
            size += text.length + 1L;
        }
        Memory memory = new Memory(size);
        memory.clear();
        for (int i = 0; i < texts.size(); i++) {
            byte[] text = texts.get(i);
            memory.setPointer((long) i * Long.BYTES, memory.share(at));
            memory.write(at, text, 0, text.length);
            at += text.length + 1L;
        }
        return memory;
    }

    @Override
    public int setSignalMask(long signals) {
        return (int) call(RT_SIGPROCMASK, SIG_SETMASK, new long[] {signals}, 0L, 8L);
    }

    @Override
    public int ignoreSignal(int signal) {
        // The kernel's own call: the C library keeps two signals for itself and refuses them.
        long[] action = {SIG_IGN, 0, 0, 0};
        return (int) call(RT_SIGACTION, signal, action, 0L, SIGNAL_SET_BYTES);
    }

    @Override
    public int closeOnExec(int fd) {
        return (int) call(FCNTL, fd, F_SETFD, FD_CLOEXEC, 0, 0, 0);
    }

    @Override
    public int open(String path, int flags, int mode) {
        return (int) call(OPEN, path, flags, mode);
    }

    @Override
    public int ftruncate(int fd, long length) {
        return (int) call(FTRUNCATE, fd, length, 0, 0, 0, 0);
    }

    @Override
    public long mmapShared(int fd, long offset, long length) {
        return call(MMAP, 0, length, PROT_READ_WRITE, MAP_SHARED, fd, offset);
    }

    @Override
    public long mmapPrivate(long length) {
        return call(MMAP, 0, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    }

    @Override
    public int munmap(long va, long length) {
        return (int) call(MUNMAP, va, length, 0, 0, 0, 0);
    }

    @Override
    public int madvise(long va, long length, int advice) {
        return (int) call(MADVISE, va, length, advice, 0, 0, 0);
    }

    @Override
    public int shmget(int key, long length, int flags) {
        return (int) call(SHMGET, key, length, flags, 0, 0, 0);
    }

    @Override
    public long shmat(int id) {
        return call(SHMAT, id, 0, 0, 0, 0, 0);
    }

    @Override
    public long shmSize(int id) {
        long[] state = new long[SHMID_DS_BYTES / 8];
        long failed = call(SHMCTL, id, IPC_STAT, state);
        return failed < 0 ? failed : state[SHM_SEGSZ / 8];
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
        Pointer text = LIBC.getFunction("strerror").invokePointer(new Object[] {errno});
        return text == null ? "error " + errno : text.getString(0);
    }

    /**
     * A system call.
     *
     * @param arguments its number, then numbers, texts, and arrays that the kernel reads or writes, null for none
     * @return what it returns, or a negative errno
     */
    private static long call(@Nullable Object... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof Integer number) {
                arguments[i] = number.longValue(); // the C library takes each from a whole register
            }
        }
        try {
            return SYSCALL.invokeLong(arguments);
        } catch (LastErrorException failed) {
            return -failed.getErrorCode();
        }
    }
}
