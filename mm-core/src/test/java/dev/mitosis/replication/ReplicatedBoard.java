package dev.mitosis.replication;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.fault.FaultOutcome;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.reshape.TableMigrator;

/** A tiny machine with a kernel that can keep copies, for tests that tell a story. */
public final class ReplicatedBoard {
    private final ReferenceBoard board;
    private final FrameAllocator frames;
    private final ReplicatedPageTableOps ops;
    private final Kernel kernel;
    private final Replicator replicator;
    private final TableMigrator migrator;

    public ReplicatedBoard(int nodes, long framesPerNode, KernelSettings settings) {
        board = new ReferenceBoard(nodes, framesPerNode, true);
        frames = new FrameAllocator(board.topology(), board.memory());
        ops = new ReplicatedPageTableOps(board.topology(), board.memory(), frames, board.meter());
        kernel = new Kernel(board, frames, ops, PageTableEvents.NONE, settings);
        replicator = new Replicator(kernel, ops);
        migrator = replicator.migrateTables();
    }

    public Kernel kernel() {
        return kernel;
    }

    public Replicator replicator() {
        return replicator;
    }

    public TableMigrator migrator() {
        return migrator;
    }

    public FrameAllocator frames() {
        return frames;
    }

    ReplicatedPageTableOps ops() {
        return ops;
    }

    ReferenceBoard board() {
        return board;
    }

    /** The first processor of a node. */
    public int cpuOf(int node) {
        return node * ReferenceBoard.CPUS_PER_NODE;
    }

    /** An access by a task where it is; the frame, or {@link ReferenceBoard#SIGNAL}. */
    public long access(Task task, long va, boolean isWrite) {
        if (kernel.current(task.cpu()) != task) {
            kernel.switchTo(task.cpu(), task);
        }
        return board.access(task.cpu(), va, isWrite);
    }

    /** Says whether an access ended well. */
    public boolean canAccess(Task task, long va, boolean isWrite) {
        return access(task, va, isWrite) != ReferenceBoard.SIGNAL;
    }

    /** What is wrong with the copies of a task's tree. */
    public String verify(Task task) {
        return new ReplicationFiles(replicator).verify(task.mm());
    }

    /** What a fault of a task comes to. */
    FaultOutcome fault(Task task, long va, int errorCode) {
        return kernel.fault(task.cpu(), va, errorCode);
    }
}
