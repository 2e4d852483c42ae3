package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * Memcached under reads only: a random key's bucket, then the items of its chain until the key is found, and its value.
 *
 * <pre>
 *   bucket    8 bytes   2^31 of them, 2^32 in a guest
 *   item    128 bytes   header of 48, key, value of 64: two lines, in a slab
 * </pre>
 *
 * <p>Items are loaded by all threads at once, so the slabs of a thread are where it runs, and a key may be in any.
 *
 * <p>Source: the benchmark "memcached" of Mitosis (ASPLOS'20) table 4: 350 GB on all sockets; memcached {@code assoc.c, items.h}.
 */
public final class Memcached implements Workload {
    private static final int BUCKET_BYTES = 8;
    private static final int ITEM_BYTES = 128;
    /** One more item on the way with this chance in 256: half the load of 1.2. */
    private static final int COLLIDES_OF_256 = 155;
    /** Hashing, locks of the item and the list of recently used ones, copying the value out. */
    private static final int INSTRUCTIONS_PER_READ = 300;

    private final String name;
    private final long buckets;
    private final long items;

    /** The store of 350 GB. */
    public Memcached() {
        this("memcached", 350_000_000_000L, 1L << 31);
    }

    private Memcached(String name, long bytes, long buckets) {
        this.name = name;
        this.buckets = buckets;
        this.items = (bytes - buckets * BUCKET_BYTES) / ITEM_BYTES;
    }

    /** The store of 300 GB that vMitosis reads in a guest on one socket. */
    static Memcached thin() {
        return new Memcached("memcached-thin", 300_000_000_000L, 1L << 31);
    }

    /** The store on all sockets of a guest: 600 GB of the 1,280 of vMitosis, with as many items a bucket as the others. */
    static Memcached guestWide() {
        return new Memcached("memcached-guest-wide", 600_000_000_000L, 1L << 32);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "random reads of a key-value store of " + (footprintBytes() >> 30) + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        return List.of(MemoryArea.of("buckets", buckets * BUCKET_BYTES), MemoryArea.of("items", items * ITEM_BYTES));
    }

    @Override
    public int threads(int cores) {
        return cores;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        SplitMix random = new SplitMix(SplitMix.mix(seed * threads + thread));
        return new OperationStream(4) {
            @Override
            void operation(AccessBatch batch) {
                long item = random.below(items);
                // The lock of the item lets nothing of the next read begin before it is given back.
                batch.add(areaVa[0] + (SplitMix.mix(item) & (buckets - 1)) * BUCKET_BYTES, 0, 1, 1);
                if ((random.next() & 0xFF) < COLLIDES_OF_256) {
                    batch.add(areaVa[1] + random.below(items) * ITEM_BYTES, 0, 3, 1);
                }
                batch.add(areaVa[1] + item * ITEM_BYTES, AccessBatch.STORE, 4, 1);
                batch.add(areaVa[1] + item * ITEM_BYTES + 64, 0, 8, 2);
                batch.instructions += INSTRUCTIONS_PER_READ;
            }
        };
    }
}
