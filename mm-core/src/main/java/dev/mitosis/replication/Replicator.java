package dev.mitosis.replication;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.mechanism.ChildCounts;
import dev.mitosis.replication.mechanism.ReplicaAllocFailure;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.mechanism.ReplicationCounters;
import dev.mitosis.replication.mechanism.TableNodes;
import dev.mitosis.replication.mechanism.TreePlacement;
import dev.mitosis.replication.mechanism.UpdateMode;
import dev.mitosis.replication.reshape.TableMigrator;
import dev.mitosis.replication.reshape.TreeReshaper;
import dev.mitosis.x86.PageTable;
import java.util.List;

/**
 * Changes where the page tables of a live address space are: it replicates, collapses, moves and steers trees.
 *
 * <p>Errors: {@link KernelException} ENOMEM when a node lacks the frames, EINVAL for nodes that are not there; nothing has
 * changed then.
 *
 * <p>Cost: a pass over the tree, and a copy of 4 KiB for each table added; every processor that runs the address space loads
 * its root again.
 *
 * <p>Source: Mitosis (ASPLOS'20) §5.2, §5.5; vMitosis (ASPLOS'21) §3.2 (migration is replication and freeing).
 */
public final class Replicator {
    private final Kernel kernel;
    private final ReplicatedPageTableOps ops;
    private volatile boolean inherits = true;

    /** Takes charge of the replicas of a kernel that has just booted. */
    public Replicator(Kernel kernel, ReplicatedPageTableOps ops) {
        this.kernel = kernel;
        this.ops = ops;
        kernel.listen(new Follower());
    }

    ReplicatedPageTableOps ops() {
        return ops;
    }

    Kernel kernel() {
        return kernel;
    }

    // ---- knobs ----

    /**
     * Says whether a child of fork, and what a task becomes by exec, keeps the replicas of its parent; otherwise it begins as every
     * new address space does.
     *
     * <p>Source: {@code /proc/mitosis/inherit} of the ports; the original kernel always inherits.
     */
    public void setInherits(boolean inherit) {
        inherits = inherit;
    }

    public boolean inherits() {
        return inherits;
    }

    /** What is done when a node that shall have a replica has no frame. */
    public void setFullNode(ReplicaAllocFailure whatToDo) {
        ops.setFullNode(whatToDo);
    }

    /** How edits of many entries go around the rings. */
    public void setUpdates(UpdateMode mode) {
        ops.setUpdates(mode);
    }

    /** Sets table frames aside on a node, for replicas when its memory is full; returns how many it has now. */
    public int reserve(int node, int tables) {
        return kernel.context().frames().reserveTables(node, tables);
    }

    /** Gives the reserve of every node back. */
    public void drainReserves() {
        for (int node = 0; node < kernel.context().topology().nodes(); node++) {
            kernel.context().frames().drainTables(node);
        }
    }

    /** Counts the children of tables from now on, for {@link TableMigrator}; for boot, before the first address space. */
    public TableMigrator migrateTables() {
        return new TableMigrator(kernel, ops, ops.countChildren());
    }

    public ReplicationCounters counters() {
        return ops.counters();
    }

    // ---- one address space ----

    /** Gives every node of the mask a replica, and removes the replicas of other nodes. */
    public void replicate(MmStruct mm, long nodeMask) {
        if (nodeMask == 0 || (nodeMask & ~kernel.context().topology().allNodes()) != 0) {
            throw new KernelException(Errno.EINVAL, "node mask 0x" + Long.toHexString(nodeMask));
        }
        reshape(mm, nodeMask, TreePlacement.eager(nodeMask));
    }

    /** Removes all replicas but the homes: each table is again where first touch had put it. */
    public void collapse(MmStruct mm) {
        reshape(mm, 0, TreePlacement.NONE);
    }

    /** Moves all tables to a node; tables made later go where the kernel's memory policy says. */
    public void move(MmStruct mm, int node) {
        if (node < 0 || node >= kernel.context().topology().nodes()) {
            throw new KernelException(Errno.EINVAL, "node " + node);
        }
        reshape(mm, 1L << node, TreePlacement.NONE);
    }

    /** Makes processors of {@code node} use the replica of {@code steering.get(node)}. */
    public void steer(MmStruct mm, List<Integer> steering) {
        kernel.withWriteLock(mm, () -> {
            TreePlacement placement = ops.placement(mm.pageTable());
            place(mm, placement.steered(steering));
            kernel.reloadRoots(mm);
        });
    }

    /**
     * Assigns each processor the node whose replicas it uses, in every address space. A guest calls it when its hypervisor has moved vCPUs
     * away from where the guest's topology has them.
     *
     * <p>Source: vMitosis (ASPLOS'21) §3.4; the knob {@code pgtable_replication_misc} of its artifact, which puts a vCPU into a group.
     *
     * @param nodeOfCpu a node for each processor; an empty list for the topology's
     */
    public void assign(List<Integer> nodeOfCpu) {
        int cpus = kernel.context().topology().cpus();
        int nodes = kernel.context().topology().nodes();
        if (!nodeOfCpu.isEmpty() && nodeOfCpu.size() != cpus
                || nodeOfCpu.stream().anyMatch(node -> node < 0 || node >= nodes)) {
            throw new KernelException(Errno.EINVAL, "nodes " + nodeOfCpu + " for " + cpus + " processors");
        }
        ops.assign(nodeOfCpu);
        kernel.reloadRoots();
    }

    /** The nodes that have a replica; 0 for an address space without replicas. */
    public long nodeMask(MmStruct mm) {
        return ops.placement(mm.pageTable()).nodeMask();
    }

    /** Replicates address spaces that are made from now on from their first table; 0 for none. */
    public void replicateNew(long nodeMask) {
        ops.setPlacementOfNewTrees(TreePlacement.eager(nodeMask));
    }

    /**
     * Replicates new address spaces as Linux 4.17's Mitosis does: the kernel edits a master beside one replica a node. Such trees keep
     * their shape: the original cannot remove replicas.
     */
    public void replicateNewBesideMaster(long nodeMask) {
        ops.setPlacementOfNewTrees(TreePlacement.besideMaster(nodeMask));
    }

    /**
     * Gives address spaces that are made from now on a replica on each node of a mask, filled with what the node's processors walk. Such
     * trees keep their shape.
     */
    public void replicateNewLazily(long nodeMask) {
        ops.setPlacementOfNewTrees(TreePlacement.lazy(nodeMask));
    }

    /** How many entries of a leaf table a miss copies into a lazy replica: 1, or a power of two up to 512. */
    public void setFillWindow(int entries) {
        ops.setFillWindow(entries);
    }

    /** Says where new tables without replicas go first, in place of the memory policy of their task. */
    public void setTableNodes(TableNodes rule) {
        ops.setTableNodes(rule);
    }

    private void place(MmStruct mm, TreePlacement placement) {
        ops.setPlacement(mm.pageTable(), placement);
        PageTable user = mm.userTable();
        if (user != null) {
            ops.setPlacement(user, placement);
        }
    }

    private void reshape(MmStruct mm, long targetMask, TreePlacement after) {
        kernel.withWriteLock(mm, () -> reshapeLocked(mm, targetMask, after));
    }

    private void reshapeLocked(MmStruct mm, long targetMask, TreePlacement after) {
        if (mm.pageTable().root() == Frames.NO_FRAME) {
            throw new KernelException(Errno.ESRCH, mm + " has no page tables any more");
        }
        if (ops.placement(mm.pageTable()).keepsShape()) {
            throw new KernelException(
                    Errno.EINVAL, mm + " keeps its shape: it has a master, or replicas that are filled on demand");
        }
        Board board = kernel.context().board();
        FrameAllocator frames = kernel.context().frames();
        int cpu = Math.max(0, mm.cpus().nextSetBit(0));
        TreeReshaper reshaper =
                new TreeReshaper(board.topology(), board.memory(), frames, board.meter(), ops.rings(), cpu, targetMask);
        int lacking = reshaper.reshape(mm.pageTable(), mm.userTable(), () -> {
            place(mm, after);
            kernel.reloadRoots(mm);
        });
        ChildCounts children = ops.children();
        if (children != null && after.nodeMask() == 0 && lacking < 0) {
            children.rebuild(mm.pageTable().root(), mm.pageTable().levels());
        }
        if (lacking >= 0) {
            throw new KernelException(Errno.ENOMEM, "node " + lacking + " has no frames for the replicas of " + mm);
        }
    }

    /** What hears of the lives of address spaces. */
    private final class Follower implements PageTableEvents {
        @Override
        public void forked(MmStruct parent, MmStruct child) {
            inherit(parent, child);
        }

        @Override
        public void execed(MmStruct old, MmStruct fresh) {
            inherit(old, fresh);
        }

        private void inherit(MmStruct from, MmStruct to) {
            TreePlacement placement = ops.placement(from.pageTable());
            if (inherits && placement.nodeMask() != 0) {
                place(to, placement);
            }
        }

        @Override
        public void exiting(MmStruct mm) {
            place(mm, TreePlacement.NONE);
        }

        @Override
        public void contextSwitched(int cpu, Task task) {
            if (ops.placement(task.mm().pageTable()).nodeMask() != 0) {
                ops.counters().rootUsed(kernel.context().topology().nodeOfCpu(cpu));
            }
        }
    }
}
