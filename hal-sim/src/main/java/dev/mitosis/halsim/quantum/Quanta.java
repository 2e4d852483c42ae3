package dev.mitosis.halsim.quantum;

import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.walk.PendingAccessedDirty;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the processors of a board in quanta, the sockets side by side on host threads, with the same result for any number of them.
 *
 * <pre>
 *   quantum   socket 0: cpu 0, cpu 1 …   │ barrier: A and D bits, then page faults
 *             socket 1: cpu 8, cpu 9 …   │          in the order of processors
 * </pre>
 *
 * <p>Within a quantum a socket sees its own effects and the machine as it was at the quantum's beginning. A processor that needs the
 * kernel waits there; the kernel runs at the barrier, alone. So sockets never meet but at barriers, and which host thread runs
 * which socket cannot be seen. New batches are begun when all are done: no processor runs ahead of another by more than one.
 *
 * <p>Units: host threads, at the most one a socket is of use.
 */
public final class Quanta implements AutoCloseable {
    /** Fills the empty batch of a processor with what its thread does next; on any host thread, but one at a time a processor. */
    public interface Feed {
        void fill(int cpu, AccessBatch batch);
    }

    private final SimBoard board;
    private final List<List<Turn>> sockets = new ArrayList<>();
    private final List<Turn> turns = new ArrayList<>();
    private final PendingAccessedDirty[] marks;
    private final SocketWorkers crew;

    /**
     * @param cpus the processors that run, each once
     * @param hostThreads the host threads that share the work
     */
    public Quanta(SimBoard board, int[] cpus, int hostThreads) {
        this.board = board;
        int nodes = board.topology().nodes();
        marks = new PendingAccessedDirty[nodes];
        for (int node = 0; node < nodes; node++) {
            marks[node] = new PendingAccessedDirty();
            sockets.add(new ArrayList<>());
        }
        for (int cpu : cpus) {
            Turn turn = new Turn(board.cpu(cpu));
            turns.add(turn);
            sockets.get(board.cpu(cpu).node()).add(turn);
        }
        crew = new SocketWorkers(nodes, hostThreads);
    }

    /** A processor and what it has still to do of its batch. */
    private static final class Turn {
        final Cpu cpu;
        final AccessBatch batch = new AccessBatch();
        /** The next access; the batch's size when all are done. */
        int at;

        /** Whether the batch is still to be filled. */
        boolean isNew;

        /** Whether all are done, and counted. */
        boolean isDone;

        /** The accesses of the batch before folding, when it is done. */
        long accesses;

        Turn(Cpu cpu) {
            this.cpu = cpu;
        }

        void begin() {
            batch.clear();
            at = 0;
            isNew = true;
            isDone = false;
        }

        /** Runs to the next access that needs the kernel; on any host thread. */
        void goOn(Feed feed) {
            if (isNew) {
                feed.fill(cpu.number(), batch);
                isNew = false;
            }
            if (!isDone) {
                at = cpu.runUntilFault(batch, at);
                countIfDone();
            }
        }

        /** Lets the kernel deal with that access. */
        void serve() {
            if (!isDone) {
                cpu.serve(batch, at++);
                countIfDone();
            }
        }

        /** Where the batch was run, since it is near there. */
        private void countIfDone() {
            isDone = at == batch.size;
            if (isDone) {
                accesses = cpu.count(batch);
            }
        }
    }

    /**
     * Runs a batch on every processor: a quantum, and as many after it as there are page faults in a row on one processor.
     *
     * @return the accesses, before folding, of the batches
     */
    public long run(Feed feed) {
        for (Turn turn : turns) {
            turn.begin();
        }
        boolean isDone;
        do {
            isDone = quantum(feed);
        } while (!isDone);
        long accesses = 0;
        for (Turn turn : turns) {
            accesses += turn.accesses;
        }
        return accesses;
    }

    /** Lets the processors that are not done run side by side, then the kernel; true when all are done. */
    private boolean quantum(Feed feed) {
        for (Turn turn : turns) {
            turn.cpu.startQuantum(marks[turn.cpu.node()]);
        }
        crew.run(socket -> sockets.get(socket).forEach(turn -> turn.goOn(feed)));
        for (PendingAccessedDirty marked : marks) {
            marked.apply(board.memory());
        }
        boolean isDone = true;
        for (Turn turn : turns) {
            turn.cpu.endQuantum();
        }
        for (Turn turn : turns) {
            turn.serve();
            isDone &= turn.isDone;
        }
        return isDone;
    }

    @Override
    public void close() {
        crew.close();
    }
}
