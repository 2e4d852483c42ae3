package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.AccessBatch;
import java.util.List;

/**
 * Random reads of a Redis database: a key is hashed, looked up in the dictionary, and its value copied out.
 *
 * <pre>
 *   bucket    8 bytes   the table of the dictionary, a power of two of pointers
 *   entry    32 bytes   key, value, next: its size class in jemalloc is 32
 *   key      32 bytes   "my-key-0x…" with its header
 *   object   16 bytes   robj
 *   value    80 bytes   64 bytes with header: size class 80
 * </pre>
 *
 * <p>What belongs to a key is allocated together, so it lies at the same place of its size class: keys in the order of insertion, chunk by
 * chunk. A chain is followed for the share of keys that are not first in their bucket.
 *
 * <p>Source: the benchmark "redis" of Mitosis (ASPLOS'20) table 4 (75 GB, one thread); Redis 5 {@code dict.c, object.c}; jemalloc's size
 * classes.
 */
public final class Redis implements Workload {
    private static final int BUCKET_BYTES = 8;
    private static final int ENTRY_BYTES = 32;
    private static final int KEY_BYTES = 32;
    private static final int OBJECT_BYTES = 16;
    private static final int VALUE_BYTES = 80;
    private static final int ACCESSES_AT_MOST = 8;
    /** Siphash of the key, comparing it, the command's bookkeeping: lookupKeyRead and its callers. */
    private static final int INSTRUCTIONS_PER_READ = 600;

    private final String name;
    private final long keys;
    private final long buckets;

    /** The database of 75 GB. */
    public Redis() {
        this("redis", 440_000_000L);
    }

    /** The database of 2^30 keys that vMitosis reads in a guest. */
    static Redis large() {
        return new Redis("redis-large", 1L << 30);
    }

    private Redis(String name, long keys) {
        this.name = name;
        this.keys = keys;
        this.buckets = Long.highestOneBit(keys - 1) << 1;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "random reads of a Redis database of " + (footprintBytes() >> 30) + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        return List.of(
                MemoryArea.of("buckets", buckets * BUCKET_BYTES),
                MemoryArea.of("entries", keys * ENTRY_BYTES),
                MemoryArea.of("keys", keys * KEY_BYTES),
                MemoryArea.of("objects", keys * OBJECT_BYTES),
                MemoryArea.of("values", keys * VALUE_BYTES));
    }

    @Override
    public double baseCpi() {
        return 0.7;
    }

    /** A chase from bucket to entry to object to value. */
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
        double collides = keys / (2.0 * buckets);
        long collidesBelow = (long) (collides * (1L << 32));
        return new OperationStream(ACCESSES_AT_MOST) {
            @Override
            void operation(AccessBatch batch) {
                long key = random.below(keys);
                batch.add(areaVa[0] + (SplitMix.mix(key) & (buckets - 1)) * BUCKET_BYTES, false);
                if ((random.next() >>> 32) < collidesBelow) {
                    // Another key of the same bucket stands before it.
                    long other = random.below(keys);
                    batch.add(areaVa[1] + other * ENTRY_BYTES, false);
                    batch.add(areaVa[2] + other * KEY_BYTES, false);
                }
                batch.add(areaVa[1] + key * ENTRY_BYTES, 0, 2);
                batch.add(areaVa[2] + key * KEY_BYTES, 0, 4);
                batch.add(areaVa[3] + key * OBJECT_BYTES, 0, 2);
                long value = areaVa[4] + key * VALUE_BYTES;
                batch.add(value, 0, 4);
                if (value >> 6 != value + VALUE_BYTES - 1 >> 6) {
                    batch.add(value + VALUE_BYTES - 1, 0, 4);
                }
                batch.instructions += INSTRUCTIONS_PER_READ;
            }
        };
    }
}
