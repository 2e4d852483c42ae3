package dev.mitosis.halsim.tlb;

import java.util.Arrays;

/**
 * A small, fully associative cache of translations with true LRU: one paging-structure cache.
 *
 * <p>Shape: an entry is a slot of the flat arrays; a hash table with linear probing finds the slot of a tag, and a ring of slots
 * through {@code newer} and {@code older}, with slot {@code entries} as its head, has them in order of use. Tags are those of
 * {@link Tlb}.
 *
 * <p>Cost: a look-up, hit or miss, is one or two probes whatever the number of entries.
 */
public final class WalkCache {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
    private static final int PCID_SHIFT = 2;
    private static final int PAGE_SHIFT = 14;
    private static final long PCID_MASK = 0xFFF;

    private final int entries;
    private final int hashShift;
    private final int hashMask;
    /** A slot plus one; 0 is empty. */
    private final int[] hash;

    private final long[] tags;
    private final long[] words;
    private final int[] newer;
    private final int[] older;

    /** A cache of no entries at all is allowed: it always misses. */
    public WalkCache(int entries) {
        this.entries = entries;
        int hashBits = Math.max(2, Integer.SIZE - Integer.numberOfLeadingZeros(4 * entries));
        hashShift = Long.SIZE - hashBits;
        hashMask = (1 << hashBits) - 1;
        hash = new int[1 << hashBits];
        tags = new long[entries];
        words = new long[entries];
        newer = new int[entries + 1];
        older = new int[entries + 1];
        makeRing();
    }

    private void makeRing() {
        for (int slot = 0; slot <= entries; slot++) {
            older[slot] = slot == entries ? 0 : slot + 1;
            newer[slot] = slot == 0 ? entries : slot - 1;
        }
    }

    /** The word of a page, made most recent; 0 when absent. */
    public long lookup(long page, long tagBits) {
        long tag = page << PAGE_SHIFT | tagBits;
        int[] table = hash;
        int at = (int) (tag * MIX >>> hashShift);
        while (true) {
            int slot = table[at] - 1;
            if (slot < 0) {
                return 0;
            }
            if (tags[slot] == tag) {
                makeNewest(slot);
                return words[slot];
            }
            at = at + 1 & hashMask;
        }
    }

    /** Says whether a page is present, without making it recent. */
    public boolean contains(long page, long tagBits) {
        return hash[find(page << PAGE_SHIFT | tagBits)] != 0;
    }

    /** Puts a page that is absent in as the most recent; the least recent of a full cache leaves. */
    public void insert(long page, long tagBits, long word) {
        assert word != 0 && !contains(page, tagBits) : "page " + Long.toHexString(page) + " word " + word;
        if (entries == 0) {
            return;
        }
        int slot = newer[entries];
        if (tags[slot] != 0) {
            unhash(find(tags[slot]));
        }
        long tag = page << PAGE_SHIFT | tagBits;
        tags[slot] = tag;
        words[slot] = word;
        hash[find(tag)] = slot + 1;
        makeNewest(slot);
    }

    /** Forgets all pages of a PCID. */
    public void removeAll(int pcid) {
        for (int slot = 0; slot < entries; slot++) {
            if (tags[slot] != 0 && (tags[slot] >>> PCID_SHIFT & PCID_MASK) == pcid) {
                remove(slot);
            }
        }
    }

    /** Forgets everything. */
    public void clear() {
        Arrays.fill(hash, 0);
        Arrays.fill(tags, 0);
        makeRing();
    }

    private void remove(int slot) {
        unhash(find(tags[slot]));
        tags[slot] = 0;
        unlink(slot);
        // An empty slot is the first that is taken.
        int oldest = newer[entries];
        older[oldest] = slot;
        newer[slot] = oldest;
        older[slot] = entries;
        newer[entries] = slot;
    }

    private void makeNewest(int slot) {
        int newest = older[entries];
        if (newest == slot) {
            return;
        }
        unlink(slot);
        newest = older[entries];
        newer[slot] = entries;
        older[slot] = newest;
        newer[newest] = slot;
        older[entries] = slot;
    }

    private void unlink(int slot) {
        int before = newer[slot];
        int after = older[slot];
        older[before] = after;
        newer[after] = before;
    }

    /** The place of a tag in the hash table, or the empty place where it would go. */
    private int find(long tag) {
        int at = (int) (tag * MIX >>> hashShift);
        while (hash[at] != 0 && tags[hash[at] - 1] != tag) {
            at = at + 1 & hashMask;
        }
        return at;
    }

    /** Empties a place of the hash table and closes the gap, so that probes need no tombstones. Source: Knuth, TAOCP 3, 6.4 R. */
    private void unhash(int place) {
        int gap = place;
        int at = place;
        while (true) {
            at = at + 1 & hashMask;
            if (hash[at] == 0) {
                hash[gap] = 0;
                return;
            }
            int home = (int) (tags[hash[at] - 1] * MIX >>> hashShift);
            if ((at - home & hashMask) >= (at - gap & hashMask)) {
                hash[gap] = hash[at];
                gap = at;
            }
        }
    }

    /** The words of all entries: for audits. */
    public long[] present() {
        return Arrays.stream(hash)
                .filter(slot -> slot > 0)
                .mapToLong(slot -> words[slot - 1])
                .toArray();
    }
}
