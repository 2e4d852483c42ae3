package dev.mitosis.mm.context;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;

/**
 * The allocation of page tables: on the address space's table node, or by the memory policy of the task.
 *
 * <p>Source: Linux {@code mm/memory.c:__pte_alloc}, which allocates under the policy of the current task.
 */
public final class TableAllocation {
    private final Context context;
    private final Topology topology;
    private final PageTableOps ops;

    TableAllocation(Context context) {
        this.context = context;
        this.topology = context.topology();
        this.ops = context.ops();
    }

    /**
     * Makes an empty table where the task's memory policy wants it, as Linux does: page tables are allocated under it.
     *
     * <p>The caller holds no page-table lock.
     *
     * @throws KernelException ENOMEM when no allowed node has a frame
     */
    public long take(Task task, int level) {
        long table = take(task, task.mm().pageTable(), level);
        task.mm().countTable(task.cpu(), level, 1);
        return table;
    }

    /** The same for a tree of the task's address space, and not counted. */
    public long take(Task task, PageTable tree, int level) {
        MmStruct mm = task.mm();
        Mempolicy policy = mm.hasTableNode() ? Mempolicy.preferred(mm.tableNode()) : task.mempolicy();
        int first = mm.hasTableNode()
                ? mm.tableNode()
                : ops.firstNode(
                        level,
                        task.cpu(),
                        policy.firstNode(topology, topology.nodeOfCpu(task.cpu()), task.turn(policy)));
        long table = tryTake(tree, level, task.cpu(), policy, first);
        if (table == Frames.NO_FRAME && context.flush().drainAll(task.cpu())) {
            table = tryTake(tree, level, task.cpu(), policy, first);
        }
        for (int attempt = 0; table == Frames.NO_FRAME && attempt < PageAllocation.RECLAIM_ATTEMPTS; attempt++) {
            long nodes = ops.reclaimNodes(tree) & topology.allNodes();
            if (nodes == 0 || context.pages().reclaim().run(mm, task.cpu(), nodes, PageAllocation.RECLAIM_PAGES) == 0) {
                break;
            }
            table = tryTake(tree, level, task.cpu(), policy, first);
        }
        if (table == Frames.NO_FRAME) {
            throw new KernelException(Errno.ENOMEM, "no frame for a page table of level " + level);
        }
        return table;
    }

    private long tryTake(PageTable tree, int level, int cpu, Mempolicy policy, int first) {
        long table = ops.allocateTable(tree, level, cpu, first);
        for (long rest = policy.fallbackNodes(topology) & ~(1L << first); table == Frames.NO_FRAME && rest != 0; ) {
            context.events().nodePressure(first);
            int node = topology.nearestNode(first, rest);
            table = ops.allocateTable(tree, level, cpu, node);
            rest &= ~(1L << node);
        }
        return table;
    }

    /** Frees a table that no entry has ever named. */
    public void giveBack(Task task, int level, long table) {
        ops.freeTable(task.mm().pageTable(), level, task.cpu(), table);
        task.mm().countTable(task.cpu(), level, -1);
    }
}
