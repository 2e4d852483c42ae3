package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * The probe of a hash join: random keys looked up in a chained hash table as full as it has buckets.
 *
 * <pre>
 *   bucket   8 bytes, a pointer to the first entry           2^b of them
 *   entry   24 bytes: key, payload, next                     2^b of them, in the order in which keys were inserted
 * </pre>
 *
 * <p>A probe reads its bucket, then the entries of its chain until the key is found: on average half an entry more than one, at a load of
 * one. Keys are inserted in random order, so each entry is anywhere. The probe side is read in order and stays in the first
 * levels of the caches.
 *
 * <p>Source: the benchmark "hashjoin" of Mitosis (ASPLOS'20) table 4: 17 GB on one socket. Of the 480 GB on all, what figure
 * 4 leaves room for.
 */
public final class HashJoin implements Workload {
    private static final int BUCKET_BYTES = 8;
    private static final int ENTRY_BYTES = 24;
    private static final int MAX_CHAIN = 4;
    /** Hashing, comparing and adding up, as of the loop's body compiled with -O2. */
    private static final int INSTRUCTIONS_PER_PROBE = 30;

    private static final int INSTRUCTIONS_PER_ENTRY = 8;

    private final String name;
    private final long entries;
    private final int threads;

    /** The join on one socket, by one thread. */
    public HashJoin() {
        this("hashjoin", 17_000_000_000L / (BUCKET_BYTES + ENTRY_BYTES), 1);
    }

    HashJoin(String name, long entries, int threads) {
        this.name = name;
        this.entries = entries;
        this.threads = threads;
    }

    /** The join on all sockets: 283 GB, because its leaf tables filled two nodes of 128 GiB, and 3 % were elsewhere (Mitosis figure 4). */
    static HashJoin wide() {
        return new HashJoin("hashjoin-wide", 283_000_000_000L / (BUCKET_BYTES + ENTRY_BYTES), ALL_CORES);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "probes of random keys in a chained hash table of " + (footprintBytes() >> 30) + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        return List.of(
                MemoryArea.of("buckets", entries * BUCKET_BYTES), MemoryArea.of("entries", entries * ENTRY_BYTES));
    }

    @Override
    public int threads(int cores) {
        return Math.min(threads, cores);
    }

    /** One thread builds the table; the published run has it on two of four nodes. */
    @Override
    public boolean isLoadedByOne(MemoryArea area) {
        return true;
    }

    @Override
    public double baseCpi() {
        return 0.5;
    }

    /** Bucket and entry are a chase; FIDELITY of a chain's probe: additive. */
    @Override
    public double memoryParallelism() {
        return 1;
    }

    @Override
    public boolean overlapsWalks() {
        return false;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        SplitMix random = new SplitMix(SplitMix.mix(seed * threads + thread));
        return new OperationStream(1 + MAX_CHAIN) {
            @Override
            void operation(AccessBatch batch) {
                long draw = random.next();
                long key = random.below(entries);
                batch.add(areaVa[0] + key * BUCKET_BYTES, false);
                // A chain of one more entry with probability one half, one quarter, ...
                int chain = Math.min(MAX_CHAIN, 1 + Long.numberOfTrailingZeros(draw | 1L << MAX_CHAIN));
                for (int i = 0; i < chain; i++) {
                    long place = Math.multiplyHigh(SplitMix.mix(key + i * entries) >>> 1, entries << 1);
                    batch.add(areaVa[1] + place * ENTRY_BYTES, 0, 2);
                }
                batch.instructions += INSTRUCTIONS_PER_PROBE + (long) chain * INSTRUCTIONS_PER_ENTRY;
            }
        };
    }
}
