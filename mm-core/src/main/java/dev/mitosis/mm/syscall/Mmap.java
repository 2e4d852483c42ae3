package dev.mitosis.mm.syscall;

import dev.mitosis.mm.Areas;
import dev.mitosis.mm.Errno;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.KernelException;
import dev.mitosis.mm.Mempolicy;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageCache;
import dev.mitosis.mm.Platform;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.Vma;
import dev.mitosis.x86.PagingLevel;
import org.jspecify.annotations.Nullable;

/**
 * mmap(2): maps anonymous memory, or an object, into the address space.
 *
 * <p>Source: man page mmap(2); Linux {@code mm/mmap.c:do_mmap}.
 */
public final class Mmap {
    private Mmap() {}

    public static long call(
            Kernel kernel,
            Task task,
            long va,
            long lengthBytes,
            int prot,
            int flags,
            @Nullable PageCache file,
            long offsetBytes) {
        Platform platform = kernel.platform();
        MmStruct mm = task.mm();
        int type = flags & Abi.MAP_TYPE;
        if (type != Abi.MAP_PRIVATE && type != Abi.MAP_SHARED && type != Abi.MAP_SHARED_VALIDATE) {
            throw Abi.invalid("flags contained none of MAP_PRIVATE, MAP_SHARED, or MAP_SHARED_VALIDATE");
        }
        if (lengthBytes == 0) {
            throw Abi.invalid("length was 0");
        }
        if (!Abi.isPageAligned(offsetBytes)) {
            throw Abi.invalid("offset " + offsetBytes + " is not aligned on a page boundary");
        }
        long pageBytes = (flags & Abi.MAP_HUGETLB) != 0 ? PagingLevel.spanBytes(2) : 1L << 12;
        long length = (lengthBytes + pageBytes - 1) & -pageBytes;
        if (length <= 0 || length > Abi.userEnd(platform)) {
            throw new KernelException(Errno.ENOMEM, "length " + lengthBytes + " is larger than the address space");
        }
        boolean isFixed = (flags & (Abi.MAP_FIXED | Abi.MAP_FIXED_NOREPLACE)) != 0;
        long start = isFixed
                ? fixed(platform, mm, va, length, flags, pageBytes)
                : place(platform, mm, va, length, pageBytes);
        checkMapCount(platform, mm, start, start + length);
        Areas.unmap(platform, task, start, start + length);
        Areas.insert(platform, task, area(start, length, prot, flags, file, offsetBytes));
        if ((flags & (Abi.MAP_POPULATE | Abi.MAP_LOCKED)) != 0
                && (flags & Abi.MAP_NONBLOCK) == 0
                && (prot & (Abi.PROT_READ | Abi.PROT_WRITE | Abi.PROT_EXEC)) != 0) {
            populate(kernel, task, start, length, (prot & Abi.PROT_WRITE) != 0);
        }
        return start;
    }

    private static long fixed(Platform platform, MmStruct mm, long va, long length, int flags, long pageBytes) {
        if ((va & (pageBytes - 1)) != 0) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not aligned to " + pageBytes + " bytes");
        }
        if (!Abi.isUserRange(platform, va, length)) {
            throw new KernelException(Errno.ENOMEM, Abi.hex(va) + " is outside the address space of a process");
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
    static long place(Platform platform, MmStruct mm, long hintVa, long length, long pageBytes) {
        long hint = hintVa & -pageBytes;
        if (hint >= Abi.MMAP_MIN_VA && Abi.isUserRange(platform, hint, length)) {
            Vma next = mm.areas().firstEndingAfter(hint);
            if (next == null || hint + length <= next.startVa()) {
                return hint;
            }
        }
        long slack = pageBytes - (1L << 12);
        long gap = mm.areas().highestGap(length + slack, Abi.MMAP_MIN_VA, mm.mmapBaseVa());
        if (gap < 0) {
            gap = mm.areas().highestGap(length + slack, Abi.MMAP_MIN_VA, Abi.userEnd(platform));
        }
        if (gap < 0) {
            throw new KernelException(Errno.ENOMEM, "no free range of " + length + " bytes");
        }
        return (gap + slack) & -pageBytes;
    }

    private static void checkMapCount(Platform platform, MmStruct mm, long start, long end) {
        if (mm.areas().sizeAfterCut(start, end) + 1 > platform.settings().maxMapCount()) {
            throw new KernelException(Errno.ENOMEM, "the process's maximum number of mappings would be exceeded");
        }
    }

    private static Vma area(long start, long length, int prot, int flags, @Nullable PageCache file, long offsetBytes) {
        boolean isShared = (flags & Abi.MAP_TYPE) != Abi.MAP_PRIVATE;
        boolean isAnonymous = (flags & Abi.MAP_ANONYMOUS) != 0 || file == null;
        int areaFlags = (prot & Vma.PROTECTION)
                | (isShared ? Vma.SHARED : 0)
                | ((flags & Abi.MAP_GROWSDOWN) != 0 ? Vma.GROWSDOWN : 0)
                | ((flags & Abi.MAP_LOCKED) != 0 ? Vma.LOCKED : 0)
                | ((flags & Abi.MAP_NORESERVE) != 0 ? Vma.NORESERVE : 0)
                | ((flags & Abi.MAP_HUGETLB) != 0 ? Vma.HUGETLB : 0);
        if (!isAnonymous) {
            return new Vma(start, start + length, areaFlags, offsetBytes >>> 12, Mempolicy.LOCAL, file);
        }
        PageCache object = isShared ? new PageCache("/dev/zero (deleted)") : null;
        return new Vma(start, start + length, areaFlags, isShared ? 0 : start >>> 12, Mempolicy.LOCAL, object);
    }

    /** Populating is best effort: mmap succeeds though pages could not be had. */
    private static void populate(Kernel kernel, Task task, long start, long length, boolean isWrite) {
        try {
            kernel.populate(task, start, length, isWrite);
        } catch (KernelException failed) {
            if (failed.errno() != Errno.ENOMEM && failed.errno() != Errno.EFAULT) {
                throw failed;
            }
        }
    }
}
