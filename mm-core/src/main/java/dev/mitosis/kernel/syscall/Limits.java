package dev.mitosis.kernel.syscall;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.vma.ResourceLimits;
import dev.mitosis.mm.vma.Vma;

/**
 * The limits that calls are held against: areas of a process, bytes of address space, locked bytes.
 *
 * <p>Source: getrlimit(2); Linux {@code mm/vma.c:may_expand_vm, mlock_future_ok}, vm.max_map_count.
 */
final class Limits {
    private Limits() {}

    /** Refuses a mapping of a range that would make too many areas. */
    static void checkMapCount(Context context, MmStruct mm, long start, long end) {
        if (mm.areas().sizeAfterCut(start, end) + 1 > context.settings().maxMapCount()) {
            throw tooManyMappings();
        }
    }

    static KernelException tooManyMappings() {
        return new KernelException(Errno.ENOMEM, "the process's maximum number of mappings would be exceeded");
    }

    /** Refuses growth beyond RLIMIT_AS; what the range replaces does not count. */
    static void checkExpansion(MmStruct mm, long lengthBytes, long start, long end) {
        long limit = mm.limits().addressSpaceBytes();
        if (limit == ResourceLimits.UNLIMITED) {
            return;
        }
        long replaced = 0;
        for (Vma area : mm.areas().overlapping(start, end)) {
            replaced += Math.min(end, area.endVa()) - Math.max(start, area.startVa());
        }
        if ((mm.mappedPages() << Frames.PAGE_SHIFT) + lengthBytes - replaced > limit) {
            throw new KernelException(Errno.ENOMEM, "the process's RLIMIT_AS of " + limit + " bytes would be exceeded");
        }
    }

    /** Refuses to lock pages beyond RLIMIT_MEMLOCK. */
    static void checkLocked(MmStruct mm, long morePages, Errno errno) {
        long limit = mm.limits().lockedBytes();
        if (morePages > 0 && limit != ResourceLimits.UNLIMITED) {
            if (limit == 0) {
                throw new KernelException(Errno.EPERM, "the process's RLIMIT_MEMLOCK is 0");
            }
            if (mm.lockedPages() + morePages > limit >>> Frames.PAGE_SHIFT) {
                throw new KernelException(
                        errno, "the process's RLIMIT_MEMLOCK of " + limit + " bytes would be exceeded");
            }
        }
    }

    /** Refuses ranges of a huge page area that do not begin and end with a huge page. */
    static void checkHugeAlignment(Vma area, long start, long end) {
        if (area.has(Vma.HUGETLB)) {
            long mask = (Frames.PAGE_BYTES << area.hugeOrder()) - 1;
            boolean cutsStart = start > area.startVa() && (start & mask) != 0;
            boolean cutsEnd = end < area.endVa() && (end & mask) != 0;
            if (cutsStart || cutsEnd) {
                throw Abi.invalid("a part of a huge page of " + area);
            }
        }
    }
}
