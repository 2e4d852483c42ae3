package dev.mitosis.halsim;

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
    private final EntryMarks[] marks;
    private final SocketCrew crew;

    /**
     * @param cpus the processors that run, each once
     * @param hostThreads the host threads that share the work
     */
    public Quanta(SimBoard board, int[] cpus, int hostThreads) {
        this.board = board;
        int nodes = board.topology().nodes();
        marks = new EntryMarks[nodes];
        for (int node = 0; node < nodes; node++) {
            marks[node] = new EntryMarks();
            sockets.add(new ArrayList<>());
        }
        for (int cpu : cpus) {
            Turn turn = new Turn(board.cpu(cpu));
            turns.add(turn);
            sockets.get(board.cpu(cpu).node()).add(turn);
        }
        crew = new SocketCrew(nodes, hostThreads);
    }

    /** A processor and what it has still to do of its batch. */
    private static final class Turn {
        final Cpu cpu;
        final AccessBatch batch = new AccessBatch();
        /** The next access; the batch's size when all are done. */
        int at;

        /** Whether the batch is still to be filled. */
        boolean isNew;

        Turn(Cpu cpu) {
            this.cpu = cpu;
        }
    }

    /**
     * Runs a batch on every processor: a quantum, and as many after it as there are page faults in a row on one processor.
     *
     * @return the accesses, before folding, of the batches
     */
    public long run(Feed feed) {
        for (Turn turn : turns) {
            turn.batch.clear();
            turn.at = 0;
            turn.isNew = true;
        }
        boolean isDone;
        do {
            isDone = quantum(feed);
        } while (!isDone);
        long accesses = 0;
        for (Turn turn : turns) {
            turn.cpu.count(turn.batch);
            accesses += turn.batch.rawAccesses();
        }
        return accesses;
    }

    /** Lets the processors that are not done run side by side, then the kernel; true when all are done. */
    private boolean quantum(Feed feed) {
        for (Turn turn : turns) {
            turn.cpu.startQuantum(marks[turn.cpu.node()]);
        }
        crew.run(socket -> run(sockets.get(socket), feed));
        for (EntryMarks marked : marks) {
            marked.apply(board.arrayMemory());
        }
        boolean isDone = true;
        for (Turn turn : turns) {
            turn.cpu.endQuantum();
        }
        for (Turn turn : turns) {
            if (turn.at < turn.batch.size) {
                turn.cpu.serve(turn.batch, turn.at++);
                isDone &= turn.at == turn.batch.size;
            }
        }
        return isDone;
    }

    private static void run(List<Turn> socket, Feed feed) {
        for (Turn turn : socket) {
            if (turn.isNew) {
                feed.fill(turn.cpu.number(), turn.batch);
                turn.isNew = false;
            }
            turn.at = turn.cpu.runUntilFault(turn.batch, turn.at);
        }
    }

    @Override
    public void close() {
        crew.close();
    }
}
