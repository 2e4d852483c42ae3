package dev.mitosis.replication.reshape;

import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.mechanism.TreePlacement;
import dev.mitosis.x86.FrameSource;
import dev.mitosis.x86.PageTable;

/**
 * Replicates and moves a tree that no address space of a kernel owns: a hypervisor's extended page table.
 *
 * <p>Errors: {@link KernelException} with ENOMEM when a node has no frames; then the tree is as it was.
 *
 * <p>Concurrency: the caller keeps everyone from editing the tree.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.3.
 */
public final class TreeReplicator {
    private final Topology topology;
    private final PhysicalMemory memory;
    private final FrameSource frames;
    private final KernelMeter meter;
    private final ReplicatedPageTableOps ops;

    public TreeReplicator(
            Topology topology,
            PhysicalMemory memory,
            FrameSource frames,
            KernelMeter meter,
            ReplicatedPageTableOps ops) {
        this.topology = topology;
        this.memory = memory;
        this.frames = frames;
        this.meter = meter;
        this.ops = ops;
    }

    /**
     * A copy on each node of a mask.
     *
     * @param switchRoots makes every processor load a root again ({@link ReplicatedPageTableOps#rootFor}) and forget the old ones
     */
    public void replicate(PageTable tree, long nodeMask, Runnable switchRoots) {
        reshape(tree, nodeMask, TreePlacement.eager(nodeMask), switchRoots);
    }

    /** One tree again: of each table the home stays. */
    public void collapse(PageTable tree, Runnable switchRoots) {
        reshape(tree, 0, TreePlacement.NONE, switchRoots);
    }

    /** The one copy on a node. */
    public void move(PageTable tree, int node, Runnable switchRoots) {
        reshape(tree, 1L << node, TreePlacement.NONE, switchRoots);
    }

    private void reshape(PageTable tree, long targetMask, TreePlacement after, Runnable switchRoots) {
        TreeReshaper reshaper = new TreeReshaper(topology, memory, frames, meter, ops.rings(), 0, targetMask);
        int lacking = reshaper.reshape(tree, null, () -> {
            ops.setPlacement(tree, after);
            switchRoots.run();
        });
        if (lacking >= 0) {
            throw new KernelException(Errno.ENOMEM, "node " + lacking + " has no frames for the replicas of a tree");
        }
    }
}
