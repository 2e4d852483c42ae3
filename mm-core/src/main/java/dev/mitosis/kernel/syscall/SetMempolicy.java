package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.vma.Mempolicy;

/**
 * set_mempolicy(2): what a mode and a node mask of the ABI mean, for this call and for mbind(2).
 *
 * <p>Source: man page set_mempolicy(2); Linux {@code mm/mempolicy.c:mpol_new, sanitize_mpol_flags}.
 */
public final class SetMempolicy {
    private SetMempolicy() {}

    /** The policy of a mode and a mask, or EINVAL. */
    public static Mempolicy policy(Context context, int mode, long nodeMask) {
        int modeFlags = mode & (Abi.MPOL_F_STATIC_NODES | Abi.MPOL_F_RELATIVE_NODES);
        int kind = mode & ~modeFlags;
        if (modeFlags == (Abi.MPOL_F_STATIC_NODES | Abi.MPOL_F_RELATIVE_NODES)) {
            throw Abi.invalid("both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES");
        }
        long allNodes = context.topology().allNodes();
        boolean needsNone = kind == Abi.MPOL_DEFAULT || kind == Abi.MPOL_LOCAL;
        boolean mayHaveNone = needsNone || kind == Abi.MPOL_PREFERRED;
        if (needsNone && (nodeMask != 0 || modeFlags != 0)) {
            throw Abi.invalid("the mode takes no nodes");
        }
        if (!mayHaveNone && (nodeMask & allNodes) == 0) {
            throw Abi.invalid("the mode needs a node that is there");
        }
        if ((nodeMask & ~allNodes) != 0) {
            throw Abi.invalid("node mask " + Abi.hex(nodeMask) + " names nodes that are not there");
        }
        return switch (kind) {
            case Abi.MPOL_DEFAULT -> Mempolicy.LOCAL;
            case Abi.MPOL_LOCAL -> local(allNodes);
            case Abi.MPOL_PREFERRED ->
                nodeMask == 0 ? local(allNodes) : Mempolicy.preferred(Long.numberOfTrailingZeros(nodeMask));
            case Abi.MPOL_BIND -> Mempolicy.bind(nodeMask);
            case Abi.MPOL_INTERLEAVE -> Mempolicy.interleave(nodeMask);
            case Abi.MPOL_PREFERRED_MANY -> new Mempolicy(Mempolicy.Kind.PREFERRED_MANY, nodeMask);
            case Abi.MPOL_WEIGHTED_INTERLEAVE -> new Mempolicy(Mempolicy.Kind.WEIGHTED_INTERLEAVE, nodeMask);
            default -> throw Abi.invalid("mode " + mode + " is invalid");
        };
    }

    /** Local on purpose: unlike the default it holds against the task's policy when it is an area's. */
    private static Mempolicy local(long allNodes) {
        return new Mempolicy(Mempolicy.Kind.PREFERRED_MANY, allNodes);
    }
}
