package dev.mitosis.halsim;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.halsim.cache.LastLevelCache;
import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.cpu.KernelCostMeter;
import dev.mitosis.halsim.cpu.Uncore;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.halsim.timing.ReferenceSample;
import dev.mitosis.halsim.timing.SampledTraits;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A simulated multi-socket server, built from a profile.
 *
 * <p>One host thread owns a board. The same profile, seed and accesses give the same counters, bit for bit.
 */
public final class SimBoard implements Board, Processors, Uncore {
    /** Pieces that are kept of all processors together, and at the least of each. */
    private static final int PIECES = 64;

    private static final int FEWEST_PIECES = 4;

    /** Processors whose samples are timed. */
    private static final int TIMED = 8;

    private final MachineProfile profile;
    private final Topology topology;
    private final ArrayMemory memory;
    private final KernelCostMeter meter;
    private final PhysicalLines lines;
    private final long seed;
    private final Cpu[] cpus;
    private final LastLevelCache[] lastLevels;
    private final @Nullable ReferenceSample[] samples;
    private @Nullable TrapHandler kernel;

    /** A machine at rest; the seed chooses the hash of the last-level caches. */
    public SimBoard(MachineProfile profile, long seed) {
        this.profile = profile;
        this.topology = profile.topology();
        this.memory = new ArrayMemory(topology.nodes(), false);
        // Table frames are numbered below the data frames and beside them: twice the table zone covers both.
        long frames = 2 * profile.framesPerNode() + Frames.TABLE_ZONE_FRAMES;
        PhysicalLines lines = new PhysicalLines(topology.nodes(), frames);
        this.seed = seed;
        this.lines = lines;
        lastLevels = new LastLevelCache[topology.nodes() * cachesOfNode()];
        makeLastLevels();
        cpus = new Cpu[topology.cpus()];
        samples = new ReferenceSample[cpus.length];
        for (int cpu = 0; cpu < cpus.length; cpu++) {
            cpus[cpu] = new Cpu(cpu, topology.nodeOfCpu(cpu), this, lines);
        }
        meter = new KernelCostMeter(profile, cpus, lines);
    }

    private void makeLastLevels() {
        for (int cache = 0; cache < lastLevels.length; cache++) {
            lastLevels[cache] = new LastLevelCache(
                    profile.last().sizeBytes(),
                    profile.last().ways(),
                    profile.hasInclusiveLast(),
                    lines.lineBits(),
                    seed,
                    profile.lastLevelCores() * profile.l2().sizeBytes() / PhysicalLines.LINE_BYTES);
        }
    }

    /** Empties every cache of data and tables, not the TLBs: WBINVD on all processors. */
    public void emptyCaches() {
        makeLastLevels();
        for (Cpu cpu : cpus) {
            cpu.dropCaches();
        }
    }

    /**
     * Counts from now on, or no longer, of the reads that memory answers those whose line another socket's caches hold. A look at caches that
     * others change: for boards that one host thread runs.
     */
    public void watchOtherCaches(boolean isOn) {
        for (Cpu cpu : cpus) {
            cpu.watchOthers(isOn);
        }
    }

    /** Keeps from now on pieces of what each processor does, so that it can be timed; forgets those kept before. */
    public void sample() {
        int each = Math.max(FEWEST_PIECES, PIECES / cpus.length);
        for (int cpu = 0; cpu < cpus.length; cpu++) {
            samples[cpu] = new ReferenceSample(each);
            cpus[cpu].sampleInto(samples[cpu]);
        }
    }

    /** What {@link #sample} has kept of a processor. Errors: {@link IllegalStateException} when it was not called. */
    public ReferenceSample sampleOf(int cpu) {
        ReferenceSample sample = samples[cpu];
        if (sample == null) {
            throw new IllegalStateException("processor " + cpu + " was not sampled");
        }
        return sample;
    }

    /**
     * What its cores make of what {@link #sample} has kept, by the processors whose samples are largest.
     *
     * <p>Of a program too short for a piece, and of one that was not sampled, that it does one thing after the other.
     */
    public WorkloadTraits traits(CostModel costs, int threadsOfCore) {
        SampledTraits sum = new SampledTraits(profile, threadsOfCore);
        int[] order = IntStream.range(0, cpus.length)
                .filter(cpu -> samples[cpu] != null)
                .boxed()
                .sorted(Comparator.comparingInt((Integer cpu) -> -sampleOf(cpu).pieces()))
                .mapToInt(Integer::intValue)
                .limit(TIMED)
                .toArray();
        for (int cpu : order) {
            sum.add(sampleOf(cpu), cpus[cpu].node(), costs);
        }
        return sum.isEmpty() ? new WorkloadTraits(1.0 / profile.core().width(), 1, 1) : sum.traits();
    }

    /** Whether a cache of a node other than this one holds a line. A last level that includes the cores' levels speaks for them. */
    @Override
    public boolean isHeldBeside(int node, long line) {
        for (int cache = 0; cache < lastLevels.length; cache++) {
            if (cache / cachesOfNode() != node && lastLevels[cache].contains(line)) {
                return true;
            }
        }
        if (profile.hasInclusiveLast()) {
            return false;
        }
        for (Cpu cpu : cpus) {
            if (cpu.node() != node && cpu.holds(line)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public MachineProfile profile() {
        return profile;
    }

    public Cpu cpu(int number) {
        return cpus[number];
    }

    public int cpus() {
        return cpus.length;
    }

    /** The counters of all processors of a node together. */
    public Pmu sumOfNode(int node) {
        Pmu sum = new Pmu(topology.nodes());
        for (Cpu cpu : cpus) {
            if (cpu.node() == node) {
                sum.add(cpu.pmu(), 1);
            }
        }
        return sum;
    }

    @Override
    public LastLevelCache lastLevelCache(int cpu) {
        int core = cpu % profile.coresPerNode();
        return lastLevels[topology.nodeOfCpu(cpu) * cachesOfNode() + core / profile.lastLevelCores()];
    }

    private int cachesOfNode() {
        return (profile.coresPerNode() + profile.lastLevelCores() - 1) / profile.lastLevelCores();
    }

    @Override
    public TrapHandler kernel() {
        TrapHandler installed = kernel;
        if (installed == null) {
            throw new IllegalStateException("a page fault before a kernel was booted");
        }
        return installed;
    }

    // ---- Board ----

    @Override
    public Topology topology() {
        return topology;
    }

    @Override
    public ArrayMemory memory() {
        return memory;
    }

    @Override
    public Processors processors() {
        return this;
    }

    /** Makes processors that are interrupted to flush pay for it, besides the sender (ADR 21). */
    public void billReceivers() {
        meter.billReceivers();
    }

    @Override
    public KernelMeter meter() {
        return meter;
    }

    @Override
    public void install(TrapHandler handler) {
        kernel = handler;
    }

    // ---- Processors ----

    @Override
    public void loadRoot(int cpu, long root, int levels, int pcid, boolean flush) {
        cpus[cpu].loadRoot(root, levels, pcid, flush);
    }

    @Override
    public void invalidateRange(int cpu, int pcid, long startVa, long endVa) {
        cpus[cpu].invalidateRange(pcid, startVa, endVa);
    }

    @Override
    public void invalidateAll(int cpu, int pcid) {
        cpus[cpu].invalidateAll(pcid);
    }
}
