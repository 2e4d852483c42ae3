package dev.mitosis.mm.syscall;

import dev.mitosis.mm.Areas;
import dev.mitosis.mm.Errno;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.KernelException;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.Vma;

/**
 * madvise(2): advice about a range.
 *
 * <p>Advice is applied to what is mapped; a hole in the range is ENOMEM in the end.
 *
 * <p>Source: man page madvise(2); Linux {@code mm/madvise.c:do_madvise}.
 */
public final class Madvise {
    private Madvise() {}

    public static void call(Kernel kernel, Task task, long va, long lengthBytes, int advice) {
        long length = Abi.pageUp(lengthBytes);
        if (!isKnown(advice)) {
            throw Abi.invalid("advice " + advice + " is not a valid value");
        }
        if (!Abi.isPageAligned(va) || length < 0 || (length == 0 && lengthBytes != 0)) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not page-aligned, or length is negative");
        }
        if (!Abi.isUserRange(kernel.platform(), va, length)) {
            throw new KernelException(Errno.ENOMEM, "addresses in the range are not mapped");
        }
        if (advice == Abi.MADV_POPULATE_READ || advice == Abi.MADV_POPULATE_WRITE) {
            populate(kernel, task, va, length, advice == Abi.MADV_POPULATE_WRITE);
            return;
        }
        long covered = 0;
        for (Vma area : task.mm().areas().overlapping(va, va + length)) {
            long start = Math.max(va, area.startVa());
            long end = Math.min(va + length, area.endVa());
            covered += end - start;
            apply(kernel, task, area.part(start, end), advice);
        }
        if (covered < length) {
            throw new KernelException(Errno.ENOMEM, "addresses in the range are not mapped");
        }
    }

    /** Area by area: what lies before one that may not be accessed so, or before a hole, has been populated. */
    private static void populate(Kernel kernel, Task task, long va, long length, boolean isWrite) {
        long end = va + length;
        for (long at = va; at < end; ) {
            Vma area = task.mm().areas().find(at);
            if (area == null) {
                throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(at));
            }
            if (!area.has(isWrite ? Vma.WRITE : Vma.READ)) {
                throw Abi.invalid("the mapping " + area + " may not be accessed so");
            }
            long to = Math.min(end, area.endVa());
            kernel.populate(task, at, to - at, isWrite);
            at = to;
        }
    }

    private static void apply(Kernel kernel, Task task, Vma part, int advice) {
        switch (advice) {
            case Abi.MADV_DONTNEED -> {
                if (part.has(Vma.LOCKED)) {
                    throw Abi.invalid("MADV_DONTNEED of locked pages");
                }
                Areas.zap(kernel.platform(), task, part.startVa(), part.endVa());
            }
            case Abi.MADV_FREE -> {
                if (!part.isAnonymous() || !part.isPrivate()) {
                    throw Abi.invalid("MADV_FREE of a mapping that is not private anonymous");
                }
                Areas.zap(kernel.platform(), task, part.startVa(), part.endVa());
            }
            case Abi.MADV_HUGEPAGE -> change(task, part, Vma.NOHUGEPAGE, Vma.HUGEPAGE);
            case Abi.MADV_NOHUGEPAGE -> change(task, part, Vma.HUGEPAGE, Vma.NOHUGEPAGE);
            case Abi.MADV_DONTFORK -> change(task, part, 0, Vma.DONTFORK);
            case Abi.MADV_DOFORK -> change(task, part, Vma.DONTFORK, 0);
            case Abi.MADV_WIPEONFORK -> {
                if (!part.isAnonymous() || !part.isPrivate()) {
                    throw Abi.invalid("MADV_WIPEONFORK of a mapping that is not private anonymous");
                }
                change(task, part, 0, Vma.WIPEONFORK);
            }
            case Abi.MADV_KEEPONFORK -> change(task, part, Vma.WIPEONFORK, 0);
            default -> {
                // Read-ahead, ageing, merging and dump advice change no page table of this machine.
            }
        }
    }

    private static void change(Task task, Vma part, int clear, int set) {
        int flags = (part.flags() & ~clear) | set;
        if (flags != part.flags()) {
            Areas.replace(task.mm(), part, part.withFlags(flags));
        }
    }

    private static boolean isKnown(int advice) {
        return (advice >= Abi.MADV_NORMAL && advice <= Abi.MADV_DONTNEED)
                || advice == Abi.MADV_FREE
                || (advice >= Abi.MADV_DONTFORK && advice <= Abi.MADV_POPULATE_WRITE);
    }
}
