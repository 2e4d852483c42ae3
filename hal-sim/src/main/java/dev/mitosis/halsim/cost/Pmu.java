package dev.mitosis.halsim.cost;

/**
 * The counters of one processor, or the sum or difference of several.
 *
 * <p>Shape: what answered an access is a number, its <em>source</em>: {@link #L1}, {@link #L2}, {@link #LAST}, or {@link #MEMORY} plus
 * the node whose memory it was. Accesses and walk reads are counted by source, so that their cycles can be computed
 * afterwards, under any latency.
 *
 * <p>Counts only: cycles are {@link CostModel}'s business, but for the kernel's own work ({@link #kernelCycles}).
 *
 * <p>Source: the events are those of Intel's dtlb_load_misses.*, page_walker_loads.* and mem_load_uops_*.
 */
public final class Pmu {
    public static final int L1 = 0;
    public static final int L2 = 1;
    public static final int LAST = 2;
    /** Plus the node. */
    public static final int MEMORY = 3;

    public static final int LEVELS = 6;

    /** Plus the level: the row of the counts of extended tables. */
    public static final int EPT = LEVELS - 1;

    private static final int ROWS = EPT + LEVELS;

    private final int nodes;
    private final int sources;
    /** Accesses of the program before folding, and the entries that stood for them. */
    public long accesses;

    public long entries;
    public long instructions;
    /** Accesses that the kernel made for the program, in entries. */
    public long kernelTouches;
    /** First-level misses, of which second-level ones ended in a walk. */
    public long l1TlbMisses;

    public long stlbMisses;
    public long walks;
    /** Walks made only to set D for a store through a clean entry. */
    public long dirtyAssists;

    public long faults;
    /** Guest frames that the nested TLB did not know, and those that no extended table maps. */
    public long nestedTlbMisses;

    public long eptViolations;
    /** Accesses that no area explains: the program would have been killed. */
    public long unexplained;

    public long systemCalls;
    public long shootdownEvents;
    public long shootdownIpis;
    public long rootLoads;
    /** Cycles of the kernel's own work on this processor. */
    public long kernelCycles;

    /** {@code reads[row * sources + source]}: data accesses in row 0, entries of tables by their level, of extended ones after those. */
    public final long[] reads;

    /** Of {@link #reads} of memory those whose line another socket's caches held; counted while the board watches them. */
    public final long[] held;

    public Pmu(int nodes) {
        this.nodes = nodes;
        this.sources = MEMORY + nodes;
        reads = new long[ROWS * sources];
        held = new long[ROWS * sources];
    }

    public int nodes() {
        return nodes;
    }

    /** The number of sources: three caches and a memory for each node. */
    public int sources() {
        return sources;
    }

    public long walkReads(int level, int source) {
        return reads[level * sources + source];
    }

    /** Reads of entries of extended page tables. */
    public long eptReads(int level, int source) {
        return reads[(EPT + level) * sources + source];
    }

    public long dataReads(int source) {
        return reads[source];
    }

    /** Reads that the memory of a node answered: of data and of tables. */
    public long memoryReads(int node) {
        long sum = 0;
        for (int row = 0; row < ROWS; row++) {
            sum += reads[row * sources + MEMORY + node];
        }
        return sum;
    }

    /** Of {@link #walkReads} those whose line another socket's caches held. */
    public long walkReadsHeld(int level, int source) {
        return held[level * sources + source];
    }

    /** Of {@link #eptReads} those whose line another socket's caches held. */
    public long eptReadsHeld(int level, int source) {
        return held[(EPT + level) * sources + source];
    }

    /** Of {@link #dataReads} those whose line another socket's caches held. */
    public long dataReadsHeld(int source) {
        return held[source];
    }

    /** Adds {@code sign} times another's counts. */
    public void add(Pmu other, int sign) {
        accesses += sign * other.accesses;
        entries += sign * other.entries;
        instructions += sign * other.instructions;
        kernelTouches += sign * other.kernelTouches;
        l1TlbMisses += sign * other.l1TlbMisses;
        stlbMisses += sign * other.stlbMisses;
        walks += sign * other.walks;
        dirtyAssists += sign * other.dirtyAssists;
        faults += sign * other.faults;
        nestedTlbMisses += sign * other.nestedTlbMisses;
        eptViolations += sign * other.eptViolations;
        unexplained += sign * other.unexplained;
        systemCalls += sign * other.systemCalls;
        shootdownEvents += sign * other.shootdownEvents;
        shootdownIpis += sign * other.shootdownIpis;
        rootLoads += sign * other.rootLoads;
        kernelCycles += sign * other.kernelCycles;
        for (int i = 0; i < reads.length; i++) {
            reads[i] += sign * other.reads[i];
            held[i] += sign * other.held[i];
        }
    }

    /** All counts times a factor, rounded; cycles of the kernel's own work as they are: none of it is ever left out. */
    public Pmu scaled(double factor) {
        Pmu scaled = new Pmu(nodes);
        scaled.accesses = Math.round(factor * accesses);
        scaled.entries = Math.round(factor * entries);
        scaled.instructions = Math.round(factor * instructions);
        scaled.kernelTouches = Math.round(factor * kernelTouches);
        scaled.l1TlbMisses = Math.round(factor * l1TlbMisses);
        scaled.stlbMisses = Math.round(factor * stlbMisses);
        scaled.walks = Math.round(factor * walks);
        scaled.dirtyAssists = Math.round(factor * dirtyAssists);
        scaled.faults = Math.round(factor * faults);
        scaled.nestedTlbMisses = Math.round(factor * nestedTlbMisses);
        scaled.eptViolations = Math.round(factor * eptViolations);
        scaled.unexplained = Math.round(factor * unexplained);
        scaled.systemCalls = Math.round(factor * systemCalls);
        scaled.shootdownEvents = Math.round(factor * shootdownEvents);
        scaled.shootdownIpis = Math.round(factor * shootdownIpis);
        scaled.rootLoads = Math.round(factor * rootLoads);
        scaled.kernelCycles = kernelCycles;
        for (int i = 0; i < reads.length; i++) {
            scaled.reads[i] = Math.round(factor * reads[i]);
        }
        return scaled;
    }

    public Pmu copy() {
        Pmu copy = new Pmu(nodes);
        copy.add(this, 1);
        return copy;
    }

    /** What happened since an earlier copy. */
    public Pmu since(Pmu earlier) {
        Pmu difference = copy();
        difference.add(earlier, -1);
        return difference;
    }
}
