package dev.mitosis.kernel.syscall;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.vma.Vma;

/**
 * mremap(2): shrinks or grows a mapping where it is, or moves it.
 *
 * <p>Source: man page mremap(2); Linux {@code mm/mremap.c:mremap}.
 */
public final class Mremap {
    private Mremap() {}

    public static long call(
            KernelServices services, Task task, long oldVa, long oldBytes, long newBytes, int flags, long newVa) {
        Context context = services.context();
        MmStruct mm = task.mm();
        int known = Abi.MREMAP_MAYMOVE | Abi.MREMAP_FIXED | Abi.MREMAP_DONTUNMAP;
        if ((flags & ~known) != 0) {
            throw Abi.invalid("a value other than MREMAP_MAYMOVE, MREMAP_FIXED or MREMAP_DONTUNMAP in flags");
        }
        if ((flags & Abi.MREMAP_MAYMOVE) == 0 && (flags & (Abi.MREMAP_FIXED | Abi.MREMAP_DONTUNMAP)) != 0) {
            throw Abi.invalid("MREMAP_FIXED or MREMAP_DONTUNMAP without MREMAP_MAYMOVE");
        }
        boolean keepsOld = (flags & Abi.MREMAP_DONTUNMAP) != 0;
        long oldLength = Abi.pageUp(oldBytes);
        long newLength = Abi.pageUp(newBytes);
        if (!Abi.isPageAligned(oldVa)) {
            throw Abi.invalid("old_address " + Abi.hex(oldVa) + " was not page aligned");
        }
        if (newLength <= 0 || (keepsOld && oldLength != newLength)) {
            throw Abi.invalid("new_size " + newBytes + " is 0 or not allowed with MREMAP_DONTUNMAP");
        }
        boolean isFixed = (flags & Abi.MREMAP_FIXED) != 0;
        if (isFixed) {
            checkTarget(context, oldVa, oldLength, newVa, newLength);
        }
        Vma area = mm.areas().find(oldVa);
        if (area == null) {
            throw new KernelException(Errno.EFAULT, "nothing is mapped at " + Abi.hex(oldVa));
        }
        if (oldLength < 0 || (oldLength > newLength && !Abi.isUserRange(context, oldVa, oldLength))) {
            if (isFixed) {
                // Linux finds out when it shrinks the old mapping, after it has emptied the target.
                VmaOps.unmap(context, task, newVa, newVa + newLength);
                if (mm.areas().find(oldVa) == null) {
                    throw new KernelException(Errno.EFAULT, "nothing is mapped at " + Abi.hex(oldVa) + " any more");
                }
            }
            throw Abi.invalid("old_size " + oldBytes + " reaches out of the address space");
        }
        if (area.has(Vma.HUGETLB)) {
            Limits.checkHugeAlignment(area, oldVa, oldVa + Math.max(oldLength, newLength));
            if (newLength > oldLength || isFixed || keepsOld) {
                throw Abi.invalid("huge pages cannot be moved or grown");
            }
        }
        if (keepsOld && (area.has(Vma.HUGETLB) || oldLength == 0)) {
            throw Abi.invalid("MREMAP_DONTUNMAP of " + area);
        }
        if (oldLength == 0 && area.isPrivate()) {
            throw Abi.invalid("old_size is 0 and " + Abi.hex(oldVa) + " is not a shareable mapping");
        }
        if (!isFixed && !keepsOld && oldLength >= newLength) {
            if (oldLength > newLength) {
                VmaOps.unmap(context, task, oldVa + newLength, oldVa + oldLength);
            }
            return oldVa;
        }
        if (isFixed) {
            checkMapCount(context, mm);
            // Linux before 6.17 emptied the target first, and found out afterwards.
            whole(mm, oldVa, Math.min(oldLength, newLength));
            VmaOps.unmap(context, task, newVa, newVa + newLength);
            if (oldLength > newLength) {
                VmaOps.unmap(context, task, oldVa + newLength, oldVa + oldLength);
                oldLength = newLength;
            }
            return move(services, task, whole(mm, oldVa, oldLength), oldLength, newVa, newLength, keepsOld);
        }
        area = whole(mm, oldVa, oldLength);
        if (!keepsOld && growInPlace(context, task, area, oldVa, oldLength, newLength)) {
            LockedPages.populate(services, task, oldVa + oldLength, oldVa + newLength);
            return oldVa;
        }
        if ((flags & Abi.MREMAP_MAYMOVE) == 0) {
            throw new KernelException(Errno.ENOMEM, "the memory area cannot be expanded at " + Abi.hex(oldVa));
        }
        checkMapCount(context, mm);
        long target = Mmap.place(context, mm, 0, newLength, Frames.PAGE_BYTES);
        return move(services, task, area, oldLength, target, newLength, keepsOld);
    }

    /** The part of the one area that holds the whole range; at least a page of it for an empty range of a shared mapping. */
    private static Vma whole(MmStruct mm, long va, long lengthBytes) {
        Vma area = mm.areas().find(va);
        if (area == null || lengthBytes > area.endVa() - va) {
            throw new KernelException(Errno.EFAULT, "the range at " + Abi.hex(va) + " crosses the end of a mapping");
        }
        return area.part(va, va + Math.max(lengthBytes, Frames.PAGE_BYTES));
    }

    private static void checkMapCount(Context context, MmStruct mm) {
        if (mm.areas().size() + 3 > context.settings().maxMapCount()) {
            throw Limits.tooManyMappings();
        }
    }

    /** Promises what the mapping will be larger by. */
    private static void grow(Context context, MmStruct mm, Vma area, long moreBytes) {
        Limits.checkLocked(mm, area.has(Vma.LOCKED) ? moreBytes >>> Frames.PAGE_SHIFT : 0, Errno.EAGAIN);
        Limits.checkExpansion(mm, moreBytes, 0, 0);
        if (area.has(Vma.ACCOUNT)) {
            context.overcommit().charge(moreBytes >>> Frames.PAGE_SHIFT);
        }
    }

    private static void checkTarget(Context context, long oldVa, long oldLength, long newVa, long newLength) {
        if (!Abi.isPageAligned(newVa) || !Abi.isUserRange(context, newVa, newLength)) {
            throw Abi.invalid("new_address " + Abi.hex(newVa) + " is not page aligned or outside");
        }
        if (oldVa + oldLength > newVa && newVa + newLength > oldVa) {
            throw Abi.invalid("the new range at " + Abi.hex(newVa) + " overlaps the old one");
        }
    }

    private static boolean growInPlace(
            Context context, Task task, Vma area, long oldVa, long oldLength, long newLength) {
        Vma next = task.mm().areas().firstEndingAfter(area.endVa());
        long end = oldVa + newLength;
        if (oldLength == 0) {
            return false;
        }
        if (!Abi.isUserRange(context, oldVa, newLength) || (next != null && next.startVa() < end)) {
            return false;
        }
        grow(context, task.mm(), area, newLength - oldLength);
        long pageOffset = area.pageOffset() + area.pages();
        VmaOps.insert(context, task, new Vma(area.endVa(), end, area.flags(), pageOffset, area.policy(), area.file()));
        return true;
    }

    /** What stays of the old place is an empty mapping; it, and what it was a part of, is no longer locked. */
    private static void unlockWhole(Context context, Task task, long va) {
        Vma area = task.mm().areas().find(va);
        if (area != null && area.has(Vma.LOCKED)) {
            Vma whole = area.part(area.startVa(), area.endVa());
            int flags = whole.flags() & ~(Vma.LOCKED | Vma.LOCKONFAULT);
            VmaOps.replace(context, task, whole, whole.withFlags(flags));
        }
    }

    /** An area that was moved whole has no pages of its own any more, and a fork copies none; a part of one still counts. */
    private static void forgetOwnPages(Context context, Task task, long startVa, long endVa) {
        Vma area = task.mm().areas().find(startVa);
        if (area != null && area.startVa() == startVa && area.endVa() == endVa && area.hasOwnPages()) {
            Vma whole = area.part(startVa, endVa);
            VmaOps.replace(context, task, whole, whole.withoutOwnPages());
        }
    }

    private static long move(
            KernelServices services,
            Task task,
            Vma from,
            long oldLength,
            long target,
            long newLength,
            boolean keepsOld) {
        Context context = services.context();
        VmaOps.splitAtBorders(context, task, from.startVa(), from.startVa() + oldLength);
        // The old place is given up in the end, and what it was promised with it.
        grow(context, task.mm(), from, newLength);
        VmaOps.insert(context, task, from.movedTo(target, target + newLength));
        if (oldLength == 0) {
            LockedPages.populate(services, task, target, target + newLength);
            return target;
        }
        try {
            VmaOps.move(context, task, from.startVa(), target, oldLength);
        } catch (KernelException noTable) {
            // Back: the tables at the old place are still there.
            VmaOps.move(context, task, target, from.startVa(), oldLength);
            VmaOps.unmap(context, task, target, target + newLength);
            throw noTable;
        }
        if (keepsOld) {
            unlockWhole(context, task, from.startVa());
            forgetOwnPages(context, task, from.startVa(), from.startVa() + oldLength);
        } else {
            VmaOps.unmap(context, task, from.startVa(), from.startVa() + oldLength);
        }
        LockedPages.populate(services, task, target + oldLength, target + newLength);
        return target;
    }
}
