package dev.mitosis.kernel.syscall;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.LeafEntries;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.Pte;

/**
 * get_mempolicy(2): the policy of a task or an address, the node of an address's page, or the nodes that may be used.
 *
 * <p>Source: man page get_mempolicy(2); Linux {@code mm/mempolicy.c:do_get_mempolicy}.
 */
public final class GetMempolicy {
    /**
     * The answer.
     *
     * @param policy the policy
     * @param nodeMask its nodes, or those that may be used (MPOL_F_MEMS_ALLOWED)
     * @param node the node asked for by MPOL_F_NODE, else -1
     */
    public record Answer(Mempolicy policy, long nodeMask, int node) {}

    private GetMempolicy() {}

    public static Answer call(KernelServices services, Task task, long va, int flags) {
        int known = Abi.MPOL_F_NODE | Abi.MPOL_F_ADDR | Abi.MPOL_F_MEMS_ALLOWED;
        if ((flags & ~known) != 0) {
            throw Abi.invalid("flags 0x" + Integer.toHexString(flags));
        }
        long allNodes = services.context().topology().allNodes();
        if ((flags & Abi.MPOL_F_MEMS_ALLOWED) != 0) {
            if ((flags & (Abi.MPOL_F_NODE | Abi.MPOL_F_ADDR)) != 0) {
                throw Abi.invalid("MPOL_F_MEMS_ALLOWED with MPOL_F_NODE or MPOL_F_ADDR");
            }
            return new Answer(Mempolicy.LOCAL, allNodes, -1);
        }
        boolean wantsNode = (flags & Abi.MPOL_F_NODE) != 0;
        if ((flags & Abi.MPOL_F_ADDR) == 0) {
            if (va != 0) {
                throw Abi.invalid("an address without MPOL_F_ADDR");
            }
            Mempolicy policy = task.mempolicy();
            if (wantsNode && !policy.kind().takesTurns()) {
                throw Abi.invalid("MPOL_F_NODE, and the policy does not interleave");
            }
            int next = wantsNode ? policy.firstNode(services.context().topology(), 0, task.nextTurn()) : -1;
            return new Answer(policy, policy.nodeMask(), next);
        }
        Vma area = task.mm().areas().find(va);
        if (area == null) {
            throw new KernelException(Errno.EFAULT, Abi.hex(va) + " is not in the address space");
        }
        if (!wantsNode) {
            Mempolicy policy = area.policy().kind() == Mempolicy.Kind.LOCAL ? task.mempolicy() : area.policy();
            return new Answer(policy, policy.nodeMask(), -1);
        }
        services.faults().populate(task, va & -Frames.PAGE_BYTES, (va & -Frames.PAGE_BYTES) + Frames.PAGE_BYTES, false);
        return new Answer(
                area.policy(),
                area.policy().nodeMask(),
                Frames.nodeOf(Pte.pfn(LeafEntries.find(services.context(), task.mm(), va))));
    }
}
