package dev.mitosis.lab.replay;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.pagecache.PageCache;
import java.util.Locale;

/**
 * Makes a recorded system call again, so that its outcome is the recorded one: what the program got from the host's kernel, it
 * gets from ours.
 *
 * <p>Calls that failed when they were recorded changed nothing and are not made. A recorded call that our kernel refuses is
 * counted, not hidden.
 *
 * <p>Errors: {@link IllegalArgumentException} for a call that populates more than the heap has page tables for.
 *
 * <p>Source: system call numbers of x86-64, Linux {@code arch/x86/entry/syscalls/syscall_64.tbl}.
 */
final class SystemCallReplay {
    static final int MMAP = 9;
    static final int MPROTECT = 10;
    static final int MUNMAP = 11;
    static final int BRK = 12;
    static final int MREMAP = 25;
    static final int MADVISE = 28;

    private static final long LOWEST_ERROR = -4095;
    private static final long PAGE_BYTES = 4096;
    /** An entry of a page table and what is kept of a frame, for two policies side by side. */
    private static final long HEAP_BYTES_PER_PAGE = 2 * (8 + 8);

    private final Kernel kernel;
    private long refused;

    SystemCallReplay(Kernel kernel) {
        this.kernel = kernel;
    }

    /** Recorded calls that succeeded on the host and that our kernel refused. */
    long refused() {
        return refused;
    }

    void call(Task task, int number, long[] args, long result) {
        if (result < 0 && result >= LOWEST_ERROR) {
            return;
        }
        try {
            switch (number) {
                case MMAP -> mmap(task, args, result);
                case MUNMAP -> kernel.munmap(task, args[0], args[1]);
                case MPROTECT -> kernel.mprotect(task, args[0], args[1], (int) args[2]);
                case BRK -> brk(task, result);
                case MREMAP -> mremap(task, args, result);
                case MADVISE -> madvise(task, args[0], args[1], (int) args[2]);
                default -> {
                    // Locks, hints and policies: nothing that moves a page of this machine.
                }
            }
        } catch (KernelException mismatch) {
            refused++;
        }
    }

    private void mmap(Task task, long[] args, long result) {
        int flags = (int) args[3];
        boolean isFile = (flags & Abi.MAP_ANONYMOUS) == 0;
        int keep = Abi.MAP_TYPE | Abi.MAP_GROWSDOWN | Abi.MAP_NORESERVE | Abi.MAP_HUGETLB;
        int replayed = (flags & keep) | Abi.MAP_FIXED | (isFile ? 0 : Abi.MAP_ANONYMOUS);
        PageCache file = isFile ? new PageCache("recorded file") : null;
        kernel.mmap(task, result, args[1], (int) args[2], replayed, file, isFile ? args[5] & -4096 : 0);
    }

    /** The recorded result is where the break is now; the first one says where it begins. */
    private void brk(Task task, long result) {
        MmStruct mm = task.mm();
        if (mm.startBrkVa() == 0) {
            mm.setStartBrk(result);
        } else if (kernel.brk(task, result) != result) {
            refused++;
        }
    }

    private void madvise(Task task, long va, long length, int advice) {
        boolean populates = advice == Abi.MADV_POPULATE_READ || advice == Abi.MADV_POPULATE_WRITE;
        // A few bytes of a trace would otherwise fill the heap before anyone hears of it.
        if (populates && Long.compareUnsigned(length, mostPopulatedBytes()) > 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "the trace populates %,d MiB at once, and a Java heap of %,d MiB has room for the page tables of"
                            + " %,d MiB; MITOSIS_HEAP=SIZE sets its size",
                    length >>> 20,
                    Runtime.getRuntime().maxMemory() >> 20,
                    mostPopulatedBytes() >> 20));
        }
        kernel.madvise(task, va, length, advice);
    }

    private static long mostPopulatedBytes() {
        return Runtime.getRuntime().maxMemory() / HEAP_BYTES_PER_PAGE * PAGE_BYTES;
    }

    private void mremap(Task task, long[] args, long result) {
        int flags = (int) args[3] & Abi.MREMAP_DONTUNMAP;
        if (result == args[0]) {
            kernel.mremap(task, args[0], args[1], args[2], 0, 0);
        } else {
            int move = flags | Abi.MREMAP_MAYMOVE | Abi.MREMAP_FIXED;
            kernel.mremap(task, args[0], args[1], args[2], move, result);
        }
    }
}
