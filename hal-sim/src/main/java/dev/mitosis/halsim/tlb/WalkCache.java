package dev.mitosis.halsim.tlb;

import java.util.Arrays;

/**
 * A small, fully associative cache of translations with true LRU: one paging-structure cache.
 *
 * <p>Shape: an entry is a slot, 1 to {@code entries}, of the flat arrays; slot 0 is none. A hash table of chains through {@code beside} finds
 * the slot of a tag, and a ring through {@code newer} and {@code older} has the slots in order of use: what is newer than the newest is the
 * oldest. Tags are those of {@link Tlb}; a slot whose tag is 0 is empty, in no chain, and among the oldest.
 *
 * <p>Cost: a look-up, hit or miss, is one or two probes whatever the number of entries, and so is a replacement, which turns the ring by
 * one and moves nothing.
 */
public final class WalkCache {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
    private static final int PCID_SHIFT = 2;
    private static final int PAGE_SHIFT = 14;
    private static final long PCID_MASK = 0xFFF;

    private final int entries;
    private final int hashShift;
    /** The first slot of each chain. */
    private final int[] chains;

    private final int[] beside;
    private final long[] tags;
    private final long[] words;
    private final int[] newer;
    private final int[] older;
    /** The slot used last; 0 where there are none. */
    private int newest;

    /** A cache of no entries at all is allowed: it always misses. */
    public WalkCache(int entries) {
        this.entries = entries;
        int hashBits = Math.max(2, Integer.SIZE - Integer.numberOfLeadingZeros(4 * entries));
        hashShift = Long.SIZE - hashBits;
        chains = new int[1 << hashBits];
        beside = new int[entries + 1];
        tags = new long[entries + 1];
        words = new long[entries + 1];
        newer = new int[entries + 1];
        older = new int[entries + 1];
        makeRing();
    }

    private void makeRing() {
        for (int slot = 1; slot <= entries; slot++) {
            older[slot] = slot == entries ? 1 : slot + 1;
            newer[slot] = slot == 1 ? entries : slot - 1;
        }
        newest = entries == 0 ? 0 : 1;
    }

    /** The word of a page, made most recent; 0 when absent. */
    public long lookup(long page, long tagBits) {
        int slot = find(page << PAGE_SHIFT | tagBits);
        if (slot == 0) {
            return 0;
        }
        makeNewest(slot);
        return words[slot];
    }

    /** Says whether a page is present, without making it recent. */
    public boolean contains(long page, long tagBits) {
        return find(page << PAGE_SHIFT | tagBits) != 0;
    }

    /** Puts a page that is absent in as the most recent; the least recent of a full cache leaves. */
    public void insert(long page, long tagBits, long word) {
        assert word != 0 && !contains(page, tagBits) : "page " + Long.toHexString(page) + " word " + word;
        if (newest == 0) {
            return;
        }
        int slot = newer[newest];
        newest = slot;
        if (tags[slot] != 0) {
            leaveChain(slot);
        }
        long tag = page << PAGE_SHIFT | tagBits;
        tags[slot] = tag;
        words[slot] = word;
        int chain = chainOf(tag);
        beside[slot] = chains[chain];
        chains[chain] = slot;
    }

    /** Forgets all pages of a PCID. */
    public void removeAll(int pcid) {
        for (int slot = 1; slot <= entries; slot++) {
            if (tags[slot] != 0 && (tags[slot] >>> PCID_SHIFT & PCID_MASK) == pcid) {
                remove(slot);
            }
        }
    }

    /** Forgets everything. */
    public void clear() {
        Arrays.fill(chains, 0);
        Arrays.fill(tags, 0);
        makeRing();
    }

    private void remove(int slot) {
        leaveChain(slot);
        tags[slot] = 0;
        // An empty slot is the first that is taken.
        if (slot == newest) {
            newest = older[slot];
        } else {
            putBeforeOldest(slot);
        }
    }

    private void makeNewest(int slot) {
        if (slot != newest) {
            putBeforeOldest(slot);
            newest = slot;
        }
    }

    /** Takes a slot that is not the newest out of the ring, and puts it between the newest and the oldest. */
    private void putBeforeOldest(int slot) {
        int oldest = newer[newest];
        if (slot == oldest) {
            return;
        }
        int before = newer[slot];
        int after = older[slot];
        older[before] = after;
        newer[after] = before;
        newer[slot] = oldest;
        older[oldest] = slot;
        older[slot] = newest;
        newer[newest] = slot;
    }

    private int chainOf(long tag) {
        return (int) (tag * MIX >>> hashShift);
    }

    /** The slot that holds a tag, or 0. */
    private int find(long tag) {
        int slot = chains[chainOf(tag)];
        while (slot != 0 && tags[slot] != tag) {
            slot = beside[slot];
        }
        return slot;
    }

    private void leaveChain(int slot) {
        int chain = chainOf(tags[slot]);
        int at = chains[chain];
        if (at == slot) {
            chains[chain] = beside[slot];
            return;
        }
        while (beside[at] != slot) {
            at = beside[at];
        }
        beside[at] = beside[slot];
    }

    /** The words of all entries: for audits. */
    public long[] present() {
        long[] found = new long[entries];
        int count = 0;
        for (int slot = 1; slot <= entries; slot++) {
            if (tags[slot] != 0) {
                found[count++] = words[slot];
            }
        }
        return Arrays.copyOf(found, count);
    }
}
