package dev.mitosis.halsim;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.x86.Ept;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Reads the entries of tables that accesses are going to need, and changes nothing: so that the host waits for many of its own misses at
 * a time.
 *
 * <p>Shape: {@code addresses[i]} and {@code tables[i]} are an address and the table that it has come down to. All go down a level in one
 * loop that does nothing else; those that end at a huge page or at nothing are dropped on the way.
 */
final class EntryPrefetch {
    private final long[] addresses;
    private final long[] tables;
    private int size;

    /** Keeps the reading from being optimised away. */
    long read;

    EntryPrefetch(int capacity) {
        addresses = new long[capacity];
        tables = new long[capacity];
    }

    void clear() {
        size = 0;
    }

    void add(long address, long root) {
        addresses[size] = address;
        tables[size++] = root;
    }

    /** Reads down to the leaf entries. */
    void read(ArrayMemory memory, int levels) {
        descend(memory, levels);
        readLeaves(memory);
    }

    private void readLeaves(ArrayMemory memory) {
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += memory.read(tables[i], PagingLevel.index(addresses[i], 1));
        }
        read += sum;
    }

    /** Reads a guest's tables down to its leaf entries, and the extended ones that those lead to. */
    void readNested(ArrayMemory guestMemory, int guestLevels, ArrayMemory memory, EptWalker ept) {
        read(guestMemory, guestLevels);
        int kept = 0;
        for (int i = 0; i < size; i++) {
            long entry = guestMemory.read(tables[i], PagingLevel.index(addresses[i], 1));
            if (Pte.isPresent(entry)) {
                addresses[kept] = Pte.pfn(entry) << PagingLevel.shift(1);
                tables[kept++] = ept.root();
            }
        }
        size = kept;
        for (int level = ept.levels(); level > 1; level--) {
            descendExtended(memory, level);
        }
        readLeaves(memory);
    }

    private void descend(ArrayMemory memory, int levels) {
        for (int level = levels; level > 1; level--) {
            int kept = 0;
            for (int i = 0; i < size; i++) {
                long address = addresses[i];
                long entry = memory.read(tables[i], PagingLevel.index(address, level));
                if (Pte.isPresent(entry) && Pte.isTable(entry, level)) {
                    addresses[kept] = address;
                    tables[kept++] = Pte.pfn(entry);
                }
            }
            size = kept;
        }
    }

    private void descendExtended(ArrayMemory memory, int level) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            long address = addresses[i];
            long entry = memory.read(tables[i], PagingLevel.index(address, level));
            if (Ept.isPresent(entry) && Ept.isTable(entry, level)) {
                addresses[kept] = address;
                tables[kept++] = Ept.pfn(entry);
            }
        }
        size = kept;
    }
}
