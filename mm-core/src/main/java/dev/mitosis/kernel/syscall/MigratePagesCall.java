package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.range.PageMoves;

/**
 * migrate_pages(2): moves all pages of a process from some nodes to others: from the first to the first, and so on around.
 *
 * <p>Source: man page migrate_pages(2); Linux {@code mm/mempolicy.c:do_migrate_pages}.
 */
public final class MigratePagesCall {
    private MigratePagesCall() {}

    /** The number of pages that could not be moved. */
    public static long call(Context context, int cpu, MmStruct mm, long fromNodes, long toNodes) {
        long allNodes = context.topology().allNodes();
        if ((toNodes & ~allNodes) != 0 || toNodes == 0) {
            throw Abi.invalid("none of the nodes specified by new_nodes are on-line, or one is not");
        }
        long failed = 0;
        // A node that nothing more leaves may be filled; so two nodes that change places would both end on one.
        for (long rest = fromNodes & allNodes; rest != 0; ) {
            int source = next(rest, fromNodes & allNodes, toNodes);
            failed += PageMoves.all(context, mm, cpu, 1L << source, target(source, fromNodes & allNodes, toNodes));
            rest &= ~(1L << source);
        }
        return failed;
    }

    /** A source whose target is not itself waiting to be emptied, if there is one. */
    private static int next(long rest, long fromNodes, long toNodes) {
        for (long left = rest; left != 0; left &= left - 1) {
            int source = Long.numberOfTrailingZeros(left);
            int target = target(source, fromNodes, toNodes);
            if (target == source || (rest >>> target & 1) == 0) {
                return source;
            }
        }
        return Long.numberOfTrailingZeros(rest);
    }

    private static int target(int source, long fromNodes, long toNodes) {
        int rank = Long.bitCount(fromNodes & ((1L << source) - 1)) % Long.bitCount(toNodes);
        long rest = toNodes;
        for (int i = 0; i < rank; i++) {
            rest &= rest - 1;
        }
        return Long.numberOfTrailingZeros(rest);
    }
}
