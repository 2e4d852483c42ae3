package dev.mitosis.halsim.walk;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Reads the entries of tables that accesses are going to need, and changes nothing: so that the host waits for many of its own misses at
 * a time.
 *
 * <p>Shape: {@code addresses[i]} is an address, and {@code places[i]} where the entry is that it has come down to, from the level-2 table of
 * its GiB, which {@link PmdTableCache} remembers, on. All go down a level in one loop that does nothing else; those that end at a huge page or at
 * nothing are dropped on the way. The place of the next entry is worked out as soon as its table is known: the fewer operations stand between
 * two reads, the more of them the host has in flight.
 */
public final class EntryPrefetch {
    private final long[] addresses;
    private final long[] places;
    private final PmdTableCache tables = new PmdTableCache(false);
    private final PmdTableCache extendedTables = new PmdTableCache(true);
    private int size;

    /** Keeps the reading from being optimised away. */
    long read;

    public EntryPrefetch(int capacity) {
        addresses = new long[capacity];
        places = new long[capacity];
    }

    public void clear() {
        size = 0;
    }

    public void add(long address) {
        addresses[size++] = address;
    }

    /** Forgets where tables are, which may have moved or gone. */
    public void forgetTables() {
        tables.clear();
        extendedTables.clear();
    }

    /** Reads from a root down to the leaf entries. */
    public void read(ArrayMemory memory, long root, int levels) {
        read(tables, memory, root, levels);
    }

    /** Reads a guest's tables down to its leaf entries, and the extended ones that those lead to. */
    public void readNested(ArrayMemory guestMemory, long root, int guestLevels, ArrayMemory memory, EptWalker ept) {
        read(guestMemory, root, guestLevels);
        int kept = 0;
        for (int i = 0; i < size; i++) {
            long entry = guestMemory.readAt(places[i]);
            if (Pte.isPresent(entry)) {
                addresses[kept++] = Pte.pfn(entry) << PagingLevel.shift(1);
            }
        }
        size = kept;
        read(extendedTables, memory, ept.root(), ept.levels());
    }

    private void read(PmdTableCache from, ArrayMemory memory, long root, int levels) {
        start(from, memory, root, levels);
        descend(from, memory);
        readLeaves(memory);
    }

    private void start(PmdTableCache from, ArrayMemory memory, long root, int levels) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            long address = addresses[i];
            long table = from.tableOf(address, memory, root, levels);
            if (table != PmdTableCache.NONE) {
                addresses[kept] = address;
                places[kept++] = memory.placeOf(table, PagingLevel.index(address, 2));
            }
        }
        size = kept;
    }

    private void descend(PmdTableCache from, ArrayMemory memory) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            long address = addresses[i];
            long table = from.below(memory.readAt(places[i]), 2);
            if (table != PmdTableCache.NONE) {
                addresses[kept] = address;
                places[kept++] = memory.placeOf(table, PagingLevel.index(address, 1));
            }
        }
        size = kept;
    }

    private void readLeaves(ArrayMemory memory) {
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += memory.readAt(places[i]);
        }
        read += sum;
    }
}
