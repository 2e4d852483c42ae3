package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.vma.Vma;

/**
 * madvise(2): advice about a range.
 *
 * <p>Advice is applied to what is mapped; a hole in the range is ENOMEM in the end.
 *
 * <p>Source: man page madvise(2); Linux {@code mm/madvise.c:do_madvise}.
 */
public final class Madvise {
    private Madvise() {}

    /** Says whether the advice changes areas, or the shape of the tables, and needs mmap_lock for writing. */
    public static boolean changesAreas(int advice) {
        return switch (advice) {
            case Abi.MADV_WILLNEED,
                    Abi.MADV_DONTNEED,
                    Abi.MADV_FREE,
                    Abi.MADV_COLD,
                    Abi.MADV_PAGEOUT,
                    Abi.MADV_POPULATE_READ,
                    Abi.MADV_POPULATE_WRITE -> false;
            default -> true;
        };
    }

    public static void call(KernelServices services, Task task, long va, long lengthBytes, int advice) {
        long length = Abi.pageUp(lengthBytes);
        if (!isKnown(advice)) {
            throw Abi.invalid("advice " + advice + " is not a valid value");
        }
        if (!Abi.isPageAligned(va) || length < 0 || (length == 0 && lengthBytes != 0)) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not page-aligned, or length is negative");
        }
        if (va + length < va) {
            throw Abi.invalid("the range of " + lengthBytes + " bytes at " + Abi.hex(va) + " wraps around");
        }
        if (!Abi.isUserRange(services.context(), va, length)) {
            throw new KernelException(Errno.ENOMEM, "addresses in the range are not mapped");
        }
        if (advice == Abi.MADV_POPULATE_READ || advice == Abi.MADV_POPULATE_WRITE) {
            populate(services, task, va, length, advice == Abi.MADV_POPULATE_WRITE);
            return;
        }
        if (changesAreas(advice) && advice != Abi.MADV_COLLAPSE) {
            VmaOps.splitAtBorders(services.context(), task, va, va + length);
        }
        long covered = 0;
        for (Vma area : task.mm().areas().overlapping(va, va + length)) {
            long start = Math.max(va, area.startVa());
            long end = Math.min(va + length, area.endVa());
            covered += end - start;
            apply(services, task, area, area.part(start, end), advice);
        }
        if (covered < length) {
            throw new KernelException(Errno.ENOMEM, "addresses in the range are not mapped");
        }
    }

    /** Area by area: what lies before one that may not be accessed so, or before a hole, has been populated. */
    private static void populate(KernelServices services, Task task, long va, long length, boolean isWrite) {
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
            services.faults().populate(task, at, to, isWrite);
            at = to;
        }
    }

    private static void apply(KernelServices services, Task task, Vma area, Vma part, int advice) {
        boolean isPrivateAnonymous = part.isAnonymous() && part.isPrivate();
        switch (advice) {
            case Abi.MADV_DONTNEED -> {
                refuse(part.has(Vma.LOCKED), "MADV_DONTNEED of locked pages");
                zap(services, task, area, part);
            }
            case Abi.MADV_FREE -> {
                refuse(
                        !isPrivateAnonymous || part.has(Vma.LOCKED),
                        "MADV_FREE of a mapping that is locked, or not private anonymous");
                LeafAdvice.freeLazily(services, task, part);
            }
            case Abi.MADV_COLD -> {
                refuse(part.has(Vma.LOCKED | Vma.HUGETLB), "MADV_COLD of locked or huge pages");
                LeafAdvice.deactivate(services, task, part);
            }
            case Abi.MADV_PAGEOUT -> {
                refuse(part.has(Vma.LOCKED | Vma.HUGETLB), "MADV_PAGEOUT of locked or huge pages");
                LeafAdvice.pageOut(services, task, part);
            }
            case Abi.MADV_COLLAPSE -> LeafAdvice.collapse(services, task, area, part);
            case Abi.MADV_HUGEPAGE -> {
                refuse(part.has(Vma.HUGETLB), "MADV_HUGEPAGE of huge pages");
                change(services, task, part, Vma.NOHUGEPAGE, Vma.HUGEPAGE);
            }
            case Abi.MADV_NOHUGEPAGE -> {
                refuse(part.has(Vma.HUGETLB), "MADV_NOHUGEPAGE of huge pages");
                change(services, task, part, Vma.HUGEPAGE, Vma.NOHUGEPAGE);
            }
            case Abi.MADV_DONTFORK -> change(services, task, part, 0, Vma.DONTFORK);
            case Abi.MADV_DOFORK -> change(services, task, part, Vma.DONTFORK, 0);
            case Abi.MADV_WIPEONFORK -> {
                refuse(!isPrivateAnonymous, "MADV_WIPEONFORK of a mapping that is not private anonymous");
                change(services, task, part, 0, Vma.WIPEONFORK);
            }
            case Abi.MADV_KEEPONFORK -> change(services, task, part, Vma.WIPEONFORK, 0);
            case Abi.MADV_DONTDUMP -> change(services, task, part, 0, Vma.DONTDUMP);
            case Abi.MADV_DODUMP -> change(services, task, part, Vma.DONTDUMP, 0);
            case Abi.MADV_NORMAL -> change(services, task, part, Vma.SEQUENTIAL | Vma.RANDOM, 0);
            case Abi.MADV_SEQUENTIAL -> change(services, task, part, Vma.RANDOM, Vma.SEQUENTIAL);
            case Abi.MADV_RANDOM -> change(services, task, part, Vma.SEQUENTIAL, Vma.RANDOM);
            case Abi.MADV_MERGEABLE -> {
                if (part.isPrivate() && !part.has(Vma.HUGETLB)) {
                    change(services, task, part, 0, Vma.MERGEABLE);
                }
            }
            case Abi.MADV_UNMERGEABLE -> {
                if (part.has(Vma.MERGEABLE)) {
                    change(services, task, part, Vma.MERGEABLE, 0);
                    LeafAdvice.unmerge(services, task, part);
                }
            }
            default -> {
                // MADV_WILLNEED is about reading ahead, and nothing is slow to read here.
            }
        }
    }

    /** Huge pages go whole: the start must be that of one, the end is taken down to one. */
    private static void zap(KernelServices services, Task task, Vma area, Vma part) {
        long end = part.endVa();
        if (area.has(Vma.HUGETLB)) {
            long mask = (1L << 12 + area.hugeOrder()) - 1;
            refuse((part.startVa() & mask) != 0, "MADV_DONTNEED that begins within a huge page");
            end &= ~mask;
        }
        VmaOps.zap(services.context(), task, part.startVa(), end);
    }

    private static void change(KernelServices services, Task task, Vma part, int clear, int set) {
        int flags = (part.flags() & ~clear) | set;
        if (flags == part.flags()) {
            return;
        }
        if (task.mm().areas().sizeAfterCut(part.startVa(), part.endVa()) + 1
                > services.context().settings().maxMapCount()) {
            throw Limits.tooManyMappings();
        }
        VmaOps.replace(services.context(), task, part, part.withFlags(flags));
    }

    private static void refuse(boolean isInvalid, String reason) {
        if (isInvalid) {
            throw Abi.invalid(reason);
        }
    }

    private static boolean isKnown(int advice) {
        return (advice >= Abi.MADV_NORMAL && advice <= Abi.MADV_DONTNEED)
                || advice == Abi.MADV_FREE
                || (advice >= Abi.MADV_DONTFORK && advice <= Abi.MADV_POPULATE_WRITE)
                || advice == Abi.MADV_COLLAPSE;
    }
}
