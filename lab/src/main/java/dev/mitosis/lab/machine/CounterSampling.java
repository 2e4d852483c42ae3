package dev.mitosis.lab.machine;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.mm.MmStruct;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads the counters of the processors while programs run, and tells the machine's policy of each piece ({@link
 * dev.mitosis.mm.PageTableEvents#counted}), as a daemon that samples hardware counters does.
 *
 * <p>Cost: two loads a batch. A simulation has no clock while it runs, so pieces are of {@value #PIECE} accesses of an address space.
 */
public final class CounterSampling {
    static final long PIECE = 1_000_000;

    private final Machine machine;
    private final long[] accessesOfCpu;
    private final long[] missesOfCpu;
    private final Map<Integer, Piece> pieces = new HashMap<>();

    private static final class Piece {
        private long accesses;
        private long misses;
    }

    public CounterSampling(Machine machine) {
        this.machine = machine;
        accessesOfCpu = new long[machine.board().cpus()];
        missesOfCpu = new long[machine.board().cpus()];
    }

    /** A processor has run an address space since it was last told of. */
    public void ran(MmStruct mm, int cpu) {
        Pmu pmu = machine.board().cpu(cpu).pmu();
        Piece piece = pieces.computeIfAbsent(mm.id(), id -> new Piece());
        piece.accesses += pmu.accesses - accessesOfCpu[cpu];
        piece.misses += pmu.stlbMisses - missesOfCpu[cpu];
        accessesOfCpu[cpu] = pmu.accesses;
        missesOfCpu[cpu] = pmu.stlbMisses;
        if (piece.accesses >= PIECE) {
            pieces.remove(mm.id());
            machine.kernel().context().events().counted(mm, piece.accesses, piece.misses);
        }
    }
}
