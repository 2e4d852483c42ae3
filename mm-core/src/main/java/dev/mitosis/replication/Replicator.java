package dev.mitosis.replication;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Errno;
import dev.mitosis.mm.FrameAllocator;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.KernelException;
import dev.mitosis.mm.MmStruct;
import java.util.List;

/**
 * Changes where the page tables of a live address space are: copies on and off, other nodes, another home.
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

    public Replicator(Kernel kernel, ReplicatedPageTableOps ops) {
        this.kernel = kernel;
        this.ops = ops;
    }

    /** Gives every node of the mask a copy, and takes the copies of other nodes away. */
    public void replicate(MmStruct mm, long nodeMask) {
        if (nodeMask == 0 || (nodeMask & ~kernel.platform().topology().allNodes()) != 0) {
            throw new KernelException(Errno.EINVAL, "node mask 0x" + Long.toHexString(nodeMask));
        }
        reshape(mm, nodeMask, new TreePlacement(nodeMask, List.of()));
    }

    /** Takes all copies away but the homes: what there was before the first {@link #replicate}, where first touch had put it. */
    public void collapse(MmStruct mm) {
        reshape(mm, 0, TreePlacement.NONE);
    }

    /** Moves all tables to a node; tables made later go where the kernel's memory policy says. */
    public void move(MmStruct mm, int node) {
        if (node < 0 || node >= kernel.platform().topology().nodes()) {
            throw new KernelException(Errno.EINVAL, "node " + node);
        }
        reshape(mm, 1L << node, TreePlacement.NONE);
    }

    /** Makes processors of {@code node} use the copy of {@code steering.get(node)}. */
    public void steer(MmStruct mm, List<Integer> steering) {
        kernel.withWriteLock(mm, () -> {
            TreePlacement placement = ops.placement(mm.pageTable());
            ops.setPlacement(mm.pageTable(), new TreePlacement(placement.nodeMask(), steering));
            kernel.reloadRoots(mm);
        });
    }

    /** The nodes that have a copy; 0 for an address space without copies. */
    public long nodeMask(MmStruct mm) {
        return ops.placement(mm.pageTable()).nodeMask();
    }

    /** Replicates address spaces that are made from now on from their first table; 0 for none. */
    public void replicateNew(long nodeMask) {
        ops.setPlacementOfNewTrees(nodeMask == 0 ? TreePlacement.NONE : new TreePlacement(nodeMask, List.of()));
    }

    private void reshape(MmStruct mm, long targetMask, TreePlacement after) {
        kernel.withWriteLock(mm, () -> reshapeLocked(mm, targetMask, after));
    }

    private void reshapeLocked(MmStruct mm, long targetMask, TreePlacement after) {
        if (mm.pageTable().root() == Frames.NO_FRAME) {
            throw new KernelException(Errno.ESRCH, mm + " has no page tables any more");
        }
        Board board = kernel.platform().board();
        FrameAllocator frames = kernel.platform().frames();
        int cpu = Math.max(0, mm.cpus().nextSetBit(0));
        TreeReshaper reshaper =
                new TreeReshaper(board.topology(), board.memory(), frames, board.meter(), ops.rings(), cpu, targetMask);
        int lacking = reshaper.reshape(mm.pageTable(), () -> {
            ops.setPlacement(mm.pageTable(), after);
            kernel.reloadRoots(mm);
        });
        if (lacking >= 0) {
            throw new KernelException(Errno.ENOMEM, "node " + lacking + " has no frames for the copies of " + mm);
        }
    }
}
