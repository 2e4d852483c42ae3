package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.PageMoves;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Vma;
import java.util.List;

/**
 * mbind(2): sets the memory policy of a range; pages that are there stay where they are, unless the flags say otherwise.
 *
 * <p>Source: man page mbind(2); Linux {@code mm/mempolicy.c:do_mbind}.
 */
public final class Mbind {
    private Mbind() {}

    public static void call(Context context, Task task, long va, long lengthBytes, Mempolicy policy, int flags) {
        int known = Abi.MPOL_MF_STRICT | Abi.MPOL_MF_MOVE | Abi.MPOL_MF_MOVE_ALL;
        if ((flags & ~known) != 0) {
            throw Abi.invalid("an invalid value 0x" + Integer.toHexString(flags) + " was specified for flags");
        }
        long length = Abi.pageUp(lengthBytes);
        if (!Abi.isPageAligned(va) || length < 0 || !Abi.isUserRange(context, va, length)) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not a multiple of the page size, or the range is outside");
        }
        checkNodes(context, policy);
        List<Vma> areas = whole(task, va, length);
        boolean isStrict = (flags & Abi.MPOL_MF_STRICT) != 0 && policy.kind() != Mempolicy.Kind.LOCAL;
        boolean moves = (flags & (Abi.MPOL_MF_MOVE | Abi.MPOL_MF_MOVE_ALL)) != 0;
        long wrong = ~policy.nodeMask();
        if (isStrict && !moves && PageMoves.count(context, task, va, va + length, wrong) > 0) {
            throw new KernelException(Errno.EIO, "a page of the range does not follow the policy");
        }
        VmaOps.splitAtBorders(context, task, va, va + length);
        for (Vma area : areas) {
            long start = Math.max(va, area.startVa());
            Vma part = area.part(start, Math.min(va + length, area.endVa()));
            VmaOps.replace(context, task, part, part.with(part.startVa(), part.endVa(), part.flags(), policy));
        }
        if (moves && policy.kind() != Mempolicy.Kind.LOCAL) {
            PageMoves.toPolicy(context, task, va, va + length, policy);
            if (isStrict && PageMoves.count(context, task, va, va + length, wrong) > 0) {
                throw new KernelException(Errno.EIO, "a page of the range could not be moved");
            }
        }
    }

    /** The areas of a range that has no hole. */
    static List<Vma> whole(Task task, long va, long length) {
        List<Vma> areas = task.mm().areas().overlapping(va, va + length);
        long end = va;
        for (Vma area : areas) {
            if (area.startVa() > end) {
                break;
            }
            end = area.endVa();
        }
        if (end < va + length) {
            throw new KernelException(Errno.EFAULT, "there was an unmapped hole in the specified memory range");
        }
        return areas;
    }

    /** Refuses a policy with nodes that the machine has not. */
    public static void checkNodes(Context context, Mempolicy policy) {
        if ((policy.nodeMask() & ~context.topology().allNodes()) != 0) {
            throw Abi.invalid("node mask " + Abi.hex(policy.nodeMask()) + " names nodes that are not there");
        }
    }
}
