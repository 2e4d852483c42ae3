package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * Random reads of a Redis database: a key is hashed, looked up in the dictionary, and its value copied out.
 *
 * <pre>
 *   bucket     8 bytes   the table of the dictionary, a power of two of pointers: one mapping
 *   block    272 bytes   what one insertion allocates, side by side in the heap:
 *            +  0   80   not read again
 *            + 80   48   the key: a string with header, "my-key-0x…"
 *            +128   32   the dictionary's entry: key, value, next
 *            +160   32   the value's object
 *            +192   80   the value: 64 bytes with header
 * </pre>
 *
 * <p>A key's objects are allocated one after the other by glibc's malloc, so they share a page and mostly a few lines; a chain is followed
 * for the share of keys that are not first in their bucket. Under jemalloc each would be in a slab of its size in 2 MiB chunks, and huge
 * pages would serve all of it: the published huge-page row, with 84 % of the walk cycles of the other, speaks against that.
 *
 * <p>Source: the benchmark "redis" of Mitosis (ASPLOS'20) table 4 (75 GB, one thread) and of vMitosis (ASPLOS'21): 2^30 keys of 64 bytes
 * in 300 GB, which leaves 280 bytes a key; Redis 5 {@code dict.c, object.c, sds.c}; glibc {@code malloc/malloc.c} (16-byte steps, 8 bytes
 * of header).
 */
public final class Redis implements Workload {
    private static final int BUCKET_BYTES = 8;
    private static final int BLOCK_BYTES = 272;
    private static final int KEY_OFFSET = 80;
    private static final int ENTRY_OFFSET = 128;
    private static final int OBJECT_OFFSET = 160;
    private static final int VALUE_OFFSET = 192;
    private static final int VALUE_BYTES = 72;
    private static final int ACCESSES_AT_MOST = 9;
    /** Siphash of the key, comparing it, the command's bookkeeping: lookupKeyRead and its callers. */
    private static final int INSTRUCTIONS_PER_READ = 600;

    private final String name;
    private final long keys;
    private final long buckets;

    /** The database of 75 GB. */
    public Redis() {
        this("redis", 1L << 28);
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
        return List.of(MemoryArea.of("buckets", buckets * BUCKET_BYTES), MemoryArea.grown("heap", keys * BLOCK_BYTES));
    }

    /** One thread inserts all keys. */
    @Override
    public boolean isLoadedByOne(MemoryArea area) {
        return true;
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
                int pointer = 1;
                if ((random.next() >>> 32) < collidesBelow) {
                    // Another key of the same bucket stands before it.
                    long other = areaVa[1] + random.below(keys) * BLOCK_BYTES;
                    batch.add(other + ENTRY_OFFSET, 0, 2, 1);
                    batch.add(other + KEY_OFFSET, 0, 3, 1);
                    pointer = 2;
                }
                long block = areaVa[1] + key * BLOCK_BYTES;
                batch.add(block + ENTRY_OFFSET, 0, 2, pointer);
                batch.add(block + KEY_OFFSET, 0, 3, 1);
                batch.add(block + OBJECT_OFFSET, 0, 2, 2);
                long value = block + VALUE_OFFSET;
                batch.add(value, 0, 4, 1);
                if (value >> 6 != value + VALUE_BYTES - 1 >> 6) {
                    batch.add(value + VALUE_BYTES - 1, 0, 4, 2);
                }
                batch.instructions += INSTRUCTIONS_PER_READ;
            }
        };
    }
}
