package dev.mitosis.halsim.tlb;

import java.util.Arrays;

/**
 * A small, fully associative cache of translations with true LRU: one paging-structure cache.
 *
 * <p>Shape: all is in one array, so that a look-up loads one reference and one length. First the heads of a hash table's chains, then the
 * slots, of four words each: tag, word, its neighbours in use and the next in its chain. A slot is named by the place of its tag; 0 is none.
 *
 * <pre>
 *   cells  | chain … | tag  word  links  next | tag  word  links  next | …
 *   links  | older (32) | newer (32) |
 * </pre>
 *
 * The slots are in a ring in order of use: what is newer than the newest is the oldest. Tags are those of {@link Tlb}; a slot whose tag is 0
 * is empty, in no chain, and among the oldest.
 *
 * <p>Cost: a look-up, hit or miss, is one or two probes whatever the number of entries, and so is a replacement, which turns the ring by
 * one and moves nothing.
 */
public final class WalkCache {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
    private static final int PCID_SHIFT = 2;
    private static final int PAGE_SHIFT = 14;
    private static final long PCID_MASK = 0xFFF;

    private static final int SLOT_SHIFT = 2;
    private static final int WORD = 1;
    private static final int LINKS = 2;
    private static final int NEXT = 3;
    private static final long NEWER_MASK = 0xFFFF_FFFFL;

    private final int entries;
    private final int hashShift;
    private final int firstSlot;
    private final long[] cells;
    /** The slot used last; 0 where there are none. */
    private int newest;

    /** A cache of no entries at all is allowed: it always misses. */
    public WalkCache(int entries) {
        this.entries = entries;
        int hashBits = Math.max(2, Integer.SIZE - Integer.numberOfLeadingZeros(16 * entries));
        hashShift = Long.SIZE - hashBits;
        firstSlot = 1 << hashBits;
        cells = new long[firstSlot + (entries << SLOT_SHIFT)];
        clear();
    }

    /** Forgets everything. */
    public void clear() {
        Arrays.fill(cells, 0);
        newest = entries == 0 ? 0 : firstSlot;
        for (int i = 0; i < entries; i++) {
            int older = slot(i + 1 == entries ? 0 : i + 1);
            int newer = slot(i == 0 ? entries - 1 : i - 1);
            cells[slot(i) + LINKS] = links(older, newer);
        }
    }

    private int slot(int number) {
        return firstSlot + (number << SLOT_SHIFT);
    }

    /** The word of a page, made most recent; 0 when absent. */
    public long lookup(long page, long tagBits) {
        int slot = find(page << PAGE_SHIFT | tagBits);
        if (slot == 0) {
            return 0;
        }
        if (slot != newest) {
            putBeforeOldest(slot);
            newest = slot;
        }
        return cells[slot + WORD];
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
        long[] all = cells;
        int slot = newer(all[newest + LINKS]);
        newest = slot;
        if (all[slot] != 0) {
            leaveChain(slot);
        }
        long tag = page << PAGE_SHIFT | tagBits;
        int chain = chainOf(tag);
        all[slot] = tag;
        all[slot + WORD] = word;
        all[slot + NEXT] = all[chain];
        all[chain] = slot;
    }

    /** Forgets all pages of a PCID. */
    public void removeAll(int pcid) {
        for (int slot = firstSlot; slot < cells.length; slot += 1 << SLOT_SHIFT) {
            if (cells[slot] != 0 && (cells[slot] >>> PCID_SHIFT & PCID_MASK) == pcid) {
                remove(slot);
            }
        }
    }

    private void remove(int slot) {
        leaveChain(slot);
        cells[slot] = 0;
        // An empty slot is the first that is taken.
        if (slot == newest) {
            newest = older(cells[slot + LINKS]);
        } else {
            putBeforeOldest(slot);
        }
    }

    /** Takes a slot that is not the newest out of the ring, and puts it between the newest and the oldest. */
    private void putBeforeOldest(int slot) {
        long[] all = cells;
        int oldest = newer(all[newest + LINKS]);
        if (slot == oldest) {
            return;
        }
        long links = all[slot + LINKS];
        setOlder(newer(links), older(links));
        setNewer(older(links), newer(links));
        setOlder(oldest, slot);
        setNewer(newest, slot);
        all[slot + LINKS] = links(newest, oldest);
    }

    private void setNewer(int of, int slot) {
        cells[of + LINKS] = links(older(cells[of + LINKS]), slot);
    }

    private void setOlder(int of, int slot) {
        cells[of + LINKS] = links(slot, newer(cells[of + LINKS]));
    }

    private static long links(int older, int newer) {
        return (long) older << Integer.SIZE | newer & NEWER_MASK;
    }

    private static int newer(long links) {
        return (int) links;
    }

    private static int older(long links) {
        return (int) (links >>> Integer.SIZE);
    }

    private int chainOf(long tag) {
        return (int) (tag * MIX >>> hashShift);
    }

    /** The slot that holds a tag, or 0. */
    private int find(long tag) {
        long[] all = cells;
        int slot = (int) all[chainOf(tag)];
        while (slot != 0 && all[slot] != tag) {
            slot = (int) all[slot + NEXT];
        }
        return slot;
    }

    private void leaveChain(int slot) {
        long[] all = cells;
        int chain = chainOf(all[slot]);
        if (all[chain] == slot) {
            all[chain] = all[slot + NEXT];
            return;
        }
        int at = (int) all[chain];
        while (all[at + NEXT] != slot) {
            at = (int) all[at + NEXT];
        }
        all[at + NEXT] = all[slot + NEXT];
    }

    /** The words of all entries: for audits. */
    public long[] present() {
        long[] found = new long[entries];
        int count = 0;
        for (int slot = firstSlot; slot < cells.length; slot += 1 << SLOT_SHIFT) {
            if (cells[slot] != 0) {
                found[count++] = cells[slot + WORD];
            }
        }
        return Arrays.copyOf(found, count);
    }
}
