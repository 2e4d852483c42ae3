package dev.mitosis.mm.syscall;

import dev.mitosis.mm.Areas;
import dev.mitosis.mm.Errno;
import dev.mitosis.mm.KernelException;
import dev.mitosis.mm.Mempolicy;
import dev.mitosis.mm.Platform;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.Vma;
import java.util.List;

/**
 * mbind(2): sets the memory policy of a range; pages that are there stay where they are.
 *
 * <p>Source: man page mbind(2); Linux {@code mm/mempolicy.c:do_mbind}.
 */
public final class Mbind {
    private Mbind() {}

    public static void call(Platform platform, Task task, long va, long lengthBytes, Mempolicy policy) {
        long length = Abi.pageUp(lengthBytes);
        if (!Abi.isPageAligned(va) || length < 0 || !Abi.isUserRange(platform, va, length)) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not a multiple of the page size, or the range is outside");
        }
        checkNodes(platform, policy);
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
        for (Vma area : areas) {
            long start = Math.max(va, area.startVa());
            Vma part = area.part(start, Math.min(va + length, area.endVa()));
            Areas.replace(task.mm(), part, part.with(part.startVa(), part.endVa(), part.flags(), policy));
        }
    }

    /** Refuses a policy with nodes that the machine has not. */
    public static void checkNodes(Platform platform, Mempolicy policy) {
        if ((policy.nodeMask() & ~platform.topology().allNodes()) != 0) {
            throw Abi.invalid("node mask " + Abi.hex(policy.nodeMask()) + " names nodes that are not there");
        }
    }
}
