package dev.mitosis.race;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.mechanism.ReplicaAllocFailure;
import dev.mitosis.replication.mechanism.ReplicaAudit;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.reshape.TableMigrator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Eight threads in two processes on a four-node machine: all calls, the kernel's daemons, and changes of copies, all at once.
 *
 * <p>What is checked all the time: a walk never reaches a freed table; each thread finds in its own pages what it has stored,
 * whatever the others make of the tables; in pages that all may change, a load finds nothing that was stored to another page; and
 * the copies agree whenever the address space stands still. In the end every frame is free.
 */
final class Storm {
    static final int NODES = 4;
    static final int THREADS = 8;
    private static final int PROCESSES = 2;
    private static final int CPUS_PER_NODE = 2 * THREADS / NODES;
    private static final long FRAMES_PER_NODE = 1 << 15;

    final ConcurrentBoard board;
    final FrameAllocator frames;
    final FrameContents contents;
    final ReplicatedPageTableOps ops;
    final Kernel kernel;
    final Replicator replicator;
    final TableMigrator migrator;
    final ReplicaAudit audit;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Storm(KernelSettings settings, ReplicaAllocFailure fullNode) {
        board = new ConcurrentBoard(NODES, CPUS_PER_NODE, FRAMES_PER_NODE);
        frames = new FrameAllocator(board.topology(), board.memory());
        contents = new FrameContents(board.topology());
        ops = new ReplicatedPageTableOps(board.topology(), board.memory(), frames, board.meter());
        kernel = new Kernel(board, frames, ops, PageTableEvents.NONE, settings);
        kernel.install(contents);
        replicator = new Replicator(kernel, ops);
        replicator.setFullNode(fullNode);
        migrator = replicator.migrateTables();
        audit = new ReplicaAudit(board.memory(), ops);
    }

    /**
     * Runs the storm.
     *
     * @return how often each thing was done
     */
    Map<String, Long> run(long seed, long seconds) throws InterruptedException, ExecutionException {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        List<Task> tasks = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            int cpu = 2 * thread;
            tasks.add(thread < PROCESSES ? kernel.spawn(cpu) : kernel.clone(tasks.get(thread % PROCESSES), cpu));
        }
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<StormThread> work = new ArrayList<>();
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            StormThread one = new StormThread(this, thread, tasks.get(thread), new Random(seed * 31 + thread));
            work.add(one);
            running.add(threads.submit(() -> drive(one, end)));
        }
        for (Future<?> one : running) {
            one.get();
        }
        threads.shutdown();
        Throwable failed = failure.get();
        if (failed != null) {
            throw new AssertionError("the storm has found something", failed);
        }
        for (Task task : tasks) {
            replicator.drainReserves();
            kernel.exit(task);
        }
        checkNothingIsLeft();
        Map<String, Long> counts = new TreeMap<>();
        for (StormThread one : work) {
            one.counts().forEach((what, times) -> counts.merge(what, times, Long::sum));
        }
        return counts;
    }

    private void drive(StormThread thread, long end) {
        try {
            while (System.nanoTime() < end && failure.get() == null) {
                thread.step();
            }
        } catch (KernelException | AssertionError | IllegalStateException | IndexOutOfBoundsException found) {
            failure.compareAndSet(null, found);
        }
    }

    private void checkNothingIsLeft() {
        for (int node = 0; node < NODES; node++) {
            if (frames.freeFrames(node) != FRAMES_PER_NODE) {
                throw new AssertionError("node " + node + " has " + frames.freeFrames(node) + " free frames of "
                        + FRAMES_PER_NODE + " after all have exited");
            }
        }
        if (kernel.context().swap().usedSlots() != 0) {
            throw new AssertionError(kernel.context().swap().usedSlots() + " swap slots are left");
        }
    }
}
