package dev.mitosis.kernel.syscall;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Overcommit;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import org.jspecify.annotations.Nullable;

/**
 * mmap(2): maps anonymous memory, or an object, into the address space.
 *
 * <p>Source: man page mmap(2); Linux {@code mm/mmap.c:ksys_mmap_pgoff, do_mmap}, {@code mm/vma.c:mmap_region}.
 */
public final class Mmap {
    private static final int HUGE_SIZE_SHIFT = 26;
    private static final int HUGE_SIZE_MASK = 0x3f;
    private static final int LOG_2M = 21;
    private static final int LOG_1G = 30;

    private Mmap() {}

    public static long call(
            KernelServices services,
            Task task,
            long va,
            long lengthBytes,
            int prot,
            int flags,
            @Nullable PageCache file,
            long offsetBytes) {
        Context context = services.context();
        MmStruct mm = task.mm();
        if (!Abi.isPageAligned(offsetBytes)) {
            throw Abi.invalid("offset " + offsetBytes + " is not aligned on a page boundary");
        }
        boolean isAnonymous = (flags & Abi.MAP_ANONYMOUS) != 0;
        PageCache object = isAnonymous ? null : file;
        if (!isAnonymous && object == null) {
            throw new KernelException(Errno.EBADF, "no file, and MAP_ANONYMOUS was not set");
        }
        int hugeOrder = hugeOrder(flags, isAnonymous);
        long pageBytes = Frames.PAGE_BYTES << hugeOrder;
        if (lengthBytes == 0) {
            throw Abi.invalid("length was 0");
        }
        long length = (lengthBytes + pageBytes - 1) & -pageBytes;
        if (length <= 0 || length > Abi.userEnd(context)) {
            throw new KernelException(Errno.ENOMEM, "length " + lengthBytes + " is larger than the address space");
        }
        if ((offsetBytes >>> Frames.PAGE_SHIFT) + (length >>> Frames.PAGE_SHIFT)
                > 1L << Long.SIZE - Frames.PAGE_SHIFT - 1) {
            throw new KernelException(Errno.EOVERFLOW, "length plus offset overflows a page number");
        }
        boolean isFixed = (flags & (Abi.MAP_FIXED | Abi.MAP_FIXED_NOREPLACE)) != 0;
        long start =
                isFixed ? fixed(context, mm, va, length, flags, pageBytes) : place(context, mm, va, length, pageBytes);
        int areaFlags = areaFlags(context, prot, flags, object, hugeOrder) | mm.futureFlags();
        Limits.checkLocked(mm, (areaFlags & Vma.LOCKED) != 0 ? length >>> Frames.PAGE_SHIFT : 0, Errno.EAGAIN);
        Limits.checkExpansion(mm, length, start, start + length);
        Limits.checkMapCount(context, mm, start, start + length);
        Vma area = area(start, length, areaFlags, object, offsetBytes, hugeOrder);
        charge(context, mm, area);
        try {
            VmaOps.unmap(context, task, start, start + length);
        } catch (KernelException noTable) {
            uncharge(context, mm, area);
            throw noTable;
        }
        VmaOps.insert(context, task, area);
        if ((flags & Abi.MAP_POPULATE) != 0 && (flags & Abi.MAP_NONBLOCK) == 0 || area.has(Vma.LOCKED)) {
            populate(services, task, start, length, prot);
        }
        return start;
    }

    /** The order of the pages: 0 for base pages, else by the size that the flags name. */
    private static int hugeOrder(int flags, boolean isAnonymous) {
        if ((flags & Abi.MAP_HUGETLB) == 0) {
            return FrameAllocator.ORDER_4K;
        }
        int log = flags >>> HUGE_SIZE_SHIFT & HUGE_SIZE_MASK;
        if (!isAnonymous || (log != 0 && log != LOG_2M && log != LOG_1G)) {
            throw Abi.invalid("MAP_HUGETLB of a file, or of a page size of 2^" + log + " bytes");
        }
        return log == LOG_1G ? FrameAllocator.ORDER_1G : FrameAllocator.ORDER_2M;
    }

    private static long fixed(Context context, MmStruct mm, long va, long length, int flags, long pageBytes) {
        if (!Abi.isUserRange(context, va, length)) {
            throw new KernelException(Errno.ENOMEM, Abi.hex(va) + " is outside the address space of a process");
        }
        if ((va & (pageBytes - 1)) != 0) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not aligned to " + pageBytes + " bytes");
        }
        if ((flags & Abi.MAP_FIXED_NOREPLACE) != 0) {
            Vma there = mm.areas().firstEndingAfter(va);
            if (there != null && there.startVa() < va + length) {
                throw new KernelException(
                        Errno.EEXIST, "the range at " + Abi.hex(va) + " clashes with the mapping " + there);
            }
        }
        return va;
    }

    /** The hint when it is free, else the highest gap below the mmap base, else the lowest that fits anywhere. */
    static long place(Context context, MmStruct mm, long hintVa, long length, long pageBytes) {
        long hint = hintVa & -pageBytes;
        if (hint >= Abi.MMAP_MIN_VA && Abi.isUserRange(context, hint, length)) {
            Vma next = mm.areas().firstEndingAfter(hint);
            if (next == null || hint + length <= next.startVa()) {
                return hint;
            }
        }
        long slack = pageBytes - Frames.PAGE_BYTES;
        long gap = mm.areas().highestGap(length + slack, Abi.MMAP_MIN_VA, mm.mmapBaseVa());
        if (gap < 0) {
            gap = mm.areas().highestGap(length + slack, Abi.MMAP_MIN_VA, PagingLevel.userEndVa(4));
        }
        if (gap < 0) {
            throw new KernelException(Errno.ENOMEM, "no free range of " + length + " bytes");
        }
        return (gap + slack) & -pageBytes;
    }

    private static int areaFlags(Context context, int prot, int flags, @Nullable PageCache file, int hugeOrder) {
        int type = flags & Abi.MAP_TYPE;
        boolean isShared =
                switch (type) {
                    case Abi.MAP_PRIVATE -> false;
                    case Abi.MAP_SHARED -> true;
                    case Abi.MAP_SHARED_VALIDATE -> {
                        if (file == null) {
                            throw Abi.invalid("MAP_SHARED_VALIDATE of anonymous memory");
                        }
                        if ((flags & ~Abi.KNOWN_MAP_FLAGS) != 0) {
                            throw new KernelException(Errno.EOPNOTSUPP, "MAP_SHARED_VALIDATE with an unknown flag");
                        }
                        yield true;
                    }
                    default ->
                        throw Abi.invalid(
                                "flags contained none of MAP_PRIVATE, MAP_SHARED, or " + "MAP_SHARED_VALIDATE");
                };
        if (isShared && (flags & Abi.MAP_GROWSDOWN) != 0 && file == null) {
            throw Abi.invalid("a shared mapping cannot grow downwards");
        }
        boolean isReadOnlyFile = isShared && file != null && file.isReadOnly();
        if (isReadOnlyFile && (prot & Abi.PROT_WRITE) != 0) {
            throw new KernelException(Errno.EACCES, "MAP_SHARED and PROT_WRITE of a file opened for reading");
        }
        boolean reserves =
                (flags & Abi.MAP_NORESERVE) == 0 || context.overcommit().mode() == Overcommit.Mode.NEVER;
        int areaFlags = (prot & Vma.PROTECTION)
                | (isShared ? Vma.SHARED : 0)
                | (isReadOnlyFile ? Vma.NEVER_WRITE : 0)
                | ((flags & Abi.MAP_GROWSDOWN) != 0 ? Vma.GROWSDOWN : 0)
                | ((flags & Abi.MAP_LOCKED) != 0 ? Vma.LOCKED : 0)
                | (reserves ? 0 : Vma.NORESERVE);
        if (hugeOrder > 0) {
            return areaFlags | Vma.HUGETLB | (hugeOrder == FrameAllocator.ORDER_1G ? Vma.HUGETLB_1G : 0);
        }
        boolean isCounted = reserves && (isShared ? file == null : (prot & Abi.PROT_WRITE) != 0);
        return areaFlags | (isCounted ? Vma.ACCOUNT : 0);
    }

    private static Vma area(
            long start, long length, int flags, @Nullable PageCache file, long offsetBytes, int hugeOrder) {
        if (file != null) {
            return new Vma(start, start + length, flags, offsetBytes >>> 12, Mempolicy.LOCAL, file);
        }
        if ((flags & Vma.SHARED) == 0) {
            return new Vma(start, start + length, flags, start >>> 12, Mempolicy.LOCAL, null);
        }
        PageCache object = hugeOrder > 0
                ? PageCache.hugetlb("/anon_hugepage (deleted)", hugeOrder)
                : PageCache.sharedMemory("/dev/zero (deleted)", length >>> Frames.PAGE_SHIFT);
        return new Vma(start, start + length, flags, 0, Mempolicy.LOCAL, object);
    }

    private static void charge(Context context, MmStruct mm, Vma area) {
        if (area.has(Vma.ACCOUNT)) {
            context.overcommit().charge(area.pages());
        }
        if (area.has(Vma.HUGETLB) && area.isPrivate() && !area.has(Vma.NORESERVE)) {
            mm.addHugeReservation(context.hugetlb(area.hugeOrder()), area.pages() >>> area.hugeOrder());
        }
    }

    private static void uncharge(Context context, MmStruct mm, Vma area) {
        if (area.has(Vma.ACCOUNT)) {
            context.overcommit().uncharge(area.pages());
        }
        if (area.has(Vma.HUGETLB) && area.isPrivate() && !area.has(Vma.NORESERVE)) {
            mm.dropHugeReservation(context.hugetlb(area.hugeOrder()), area.pages() >>> area.hugeOrder());
        }
    }

    /** Populating is best effort: mmap succeeds though pages could not be had. */
    private static void populate(KernelServices services, Task task, long start, long length, int prot) {
        if ((prot & Vma.PROTECTION) == 0) {
            return;
        }
        try {
            services.faults().populate(task, start, start + length, (prot & Abi.PROT_WRITE) != 0);
        } catch (KernelException failed) {
            if (failed.errno() != Errno.ENOMEM && failed.errno() != Errno.EFAULT) {
                throw failed;
            }
        }
    }
}
