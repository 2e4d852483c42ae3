package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Vma;

/**
 * set_mempolicy_home_node(2): the node from which "nearest" is reckoned for a range that is bound to several.
 *
 * <p>Source: Linux {@code Documentation/admin-guide/mm/numa_memory_policy.rst}, {@code mm/mempolicy.c:sys_set_mempolicy_home_node}.
 */
public final class SetMempolicyHomeNode {
    private SetMempolicyHomeNode() {}

    public static void call(Context context, Task task, long va, long lengthBytes, int homeNode, int flags) {
        if (flags != 0 || !Abi.isPageAligned(va)) {
            throw Abi.invalid("flags are not 0, or " + Abi.hex(va) + " is not page-aligned");
        }
        if (homeNode < 0 || homeNode >= context.topology().nodes()) {
            throw Abi.invalid("home node " + homeNode + " is not there");
        }
        long length = Abi.pageUp(lengthBytes);
        if (!Abi.isUserRange(context, va, length)) {
            throw Abi.invalid("the range at " + Abi.hex(va) + " is outside");
        }
        for (Vma area : task.mm().areas().overlapping(va, va + length)) {
            Mempolicy policy = area.policy();
            if (policy.kind() == Mempolicy.Kind.LOCAL) {
                continue;
            }
            if (policy.kind() != Mempolicy.Kind.BIND && policy.kind() != Mempolicy.Kind.PREFERRED_MANY) {
                throw new KernelException(Errno.EOPNOTSUPP, area + " is not bound to several nodes");
            }
            Vma part = area.part(Math.max(va, area.startVa()), Math.min(va + length, area.endVa()));
            Mempolicy homed = policy.withHome(homeNode);
            VmaOps.replace(context, task, part, part.with(part.startVa(), part.endVa(), part.flags(), homed));
        }
    }
}
