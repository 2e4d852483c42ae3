package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * The probe of a hash join: the elements of an outer table in order, and for each two probes of a hash table.
 *
 * <pre>
 *   outer     128 bytes an element: key and payload       read in order
 *   table      16 bytes an entry: key and pointer          2^b of them, probed at random
 * </pre>
 *
 * <p>The second probe is made when the first does not match, which no predictor foresees: in every other element what comes next waits
 * for the first probe.
 *
 * <p>Source: the benchmark "hashjoin" of Mitosis (ASPLOS'20) table 4: 17 GB on one socket: 2^29 entries, and elements in the rest. Of the
 * 480 GB on all, what figure 4 leaves room for, with 2^33 entries.
 */
public final class HashJoin implements Workload {
    private static final int ELEMENT_BYTES = 128;
    private static final int ENTRY_BYTES = 16;
    /** Loading the key, two hashes, masks, compares and branches, as of the loop's body compiled with -O2. */
    private static final int INSTRUCTIONS_PER_ELEMENT = 40;

    private final String name;
    private final long elements;
    private final long entries;
    private final int threads;

    /** The join on one socket, by one thread. */
    public HashJoin() {
        this("hashjoin", 17_000_000_000L, 1L << 29, 1);
    }

    private HashJoin(String name, long bytes, long entries, int threads) {
        this.name = name;
        this.entries = entries;
        this.elements = (bytes - entries * ENTRY_BYTES) / ELEMENT_BYTES;
        this.threads = threads;
    }

    /** The join on all sockets: 283 GB, because its leaf tables filled two nodes of 128 GiB, and 3 % were elsewhere (Mitosis figure 4). */
    static HashJoin wide() {
        return new HashJoin("hashjoin-wide", 283_000_000_000L, 1L << 33, ALL_CORES);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "probes of a hash table for each element of an outer table, " + (footprintBytes() >> 30) + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        return List.of(MemoryArea.of("outer", elements * ELEMENT_BYTES), MemoryArea.of("table", entries * ENTRY_BYTES));
    }

    @Override
    public int threads(int cores) {
        return Math.min(threads, cores);
    }

    /** One thread builds the tables; the published run has them on two of four nodes. */
    @Override
    public boolean isLoadedByOne(MemoryArea area) {
        return true;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        SplitMix random = new SplitMix(SplitMix.mix(seed * threads + thread));
        long share = elements / threads;
        return new OperationStream(3) {
            private long at = random.below(share);
            private int waits;

            @Override
            void operation(AccessBatch batch) {
                long element = thread * share + at;
                at = at + 1 == share ? 0 : at + 1;
                long draw = random.next();
                batch.add(areaVa[0] + element * ELEMENT_BYTES, 0, 1, waits);
                batch.add(areaVa[1] + random.below(entries) * ENTRY_BYTES, 0, 1, 1);
                batch.add(areaVa[1] + random.below(entries) * ENTRY_BYTES, 0, 1, (draw & 1) == 0 ? 1 : 2);
                waits = (draw & 2) == 0 ? 1 : 0;
                batch.instructions += INSTRUCTIONS_PER_ELEMENT;
            }
        };
    }
}
