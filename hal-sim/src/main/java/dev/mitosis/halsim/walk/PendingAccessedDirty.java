package dev.mitosis.halsim.walk;

import dev.mitosis.hal.ArrayMemory;

/**
 * The A and D bits that one socket's walkers want set, kept until the end of a quantum: a set of entries with their bits.
 *
 * <p>While sockets run side by side, no walker writes to memory that another may read; what each sees of A and D is memory at the
 * quantum's beginning and its own marks.
 *
 * <p>Shape: open addressing over {@code | table | index (9) |} plus one, so that 0 is empty; {@code used[0 … size - 1]} are the places that are
 * not. It grows while entries are marked that were not before, and is kept: steady state allocates nothing.
 *
 * <p>Cost: what is marked, however large it once was: another host core applies it, to which each line has to come.
 */
public final class PendingAccessedDirty {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
    private static final int INDEX_BITS = 9;
    private static final int INDEX_MASK = (1 << INDEX_BITS) - 1;

    private int bits = 10;
    private long[] keys = new long[1 << bits];
    private long[] marks = new long[1 << bits];
    private int[] used = new int[keys.length / 2];
    private int size;

    /** Whether all of {@code wanted} are marked already. */
    boolean has(long table, int index, long wanted) {
        int at = find((table << INDEX_BITS | index) + 1);
        return keys[at] != 0 && (marks[at] & wanted) == wanted;
    }

    void add(long table, int index, long wanted) {
        long key = (table << INDEX_BITS | index) + 1;
        int at = find(key);
        if (keys[at] == 0) {
            if (size == used.length) {
                grow();
                at = find(key);
            }
            keys[at] = key;
            used[size++] = at;
        }
        marks[at] |= wanted;
    }

    /** Sets in memory what is marked, and forgets it. The order does not matter: bits are only ever set. */
    public void apply(ArrayMemory memory) {
        for (int i = 0; i < size; i++) {
            int at = used[i];
            long entry = keys[at] - 1;
            memory.getAndOr(entry >>> INDEX_BITS, (int) entry & INDEX_MASK, marks[at]);
            keys[at] = 0;
            marks[at] = 0;
        }
        size = 0;
    }

    private int find(long key) {
        int at = (int) (key * MIX >>> Long.SIZE - bits);
        while (keys[at] != 0 && keys[at] != key) {
            at = at + 1 & keys.length - 1;
        }
        return at;
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldMarks = marks;
        int[] oldUsed = used;
        bits++;
        keys = new long[1 << bits];
        marks = new long[1 << bits];
        used = new int[keys.length / 2];
        for (int i = 0; i < size; i++) {
            int at = find(oldKeys[oldUsed[i]]);
            keys[at] = oldKeys[oldUsed[i]];
            marks[at] = oldMarks[oldUsed[i]];
            used[i] = at;
        }
    }
}
