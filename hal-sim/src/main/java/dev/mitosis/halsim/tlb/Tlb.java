package dev.mitosis.halsim.tlb;

import java.util.Arrays;

/**
 * A set-associative translation cache with true LRU.
 *
 * <p>Shape: {@code cells[2 * (set * ways + way)]} is a tag, and the cell after it its word; tag 0 is an empty way. A tag is
 * {@code | page number | PCID (12) | kind (2) |}, with the kind never 0: page sizes share a structure when their kinds differ. A word is
 * never 0; what it means is its owner's business.
 *
 * <p>Units: {@code page} is the virtual address divided by the bytes that an entry spans.
 */
public final class Tlb {
    private static final int PCID_SHIFT = 2;
    private static final int PAGE_SHIFT = 14;
    private static final long PCID_MASK = 0xFFF;
    private static final int WORD = 1;

    private final int entries;
    private final int ways;
    private final int setMask;
    private final int markWords;
    private final long[] cells;
    private final LruSets order;

    /** A cache of no entries at all is allowed: it always misses. */
    public Tlb(int entries, int ways) {
        int sets = entries == 0 ? 1 : entries / ways;
        if (entries != 0 && (Integer.bitCount(sets) != 1 || sets * ways != entries)) {
            throw new IllegalArgumentException(
                    "a TLB of " + entries + " entries and " + ways + " ways has no power of two of sets");
        }
        this.entries = entries;
        // Without entries there is one way, which stays empty.
        this.ways = entries == 0 ? 1 : ways;
        this.setMask = sets - 1;
        this.cells = new long[2 * sets * this.ways];
        this.order = new LruSets(sets, this.ways);
        this.markWords = order.markWords();
    }

    public static long tag(long page, int pcid, int kind) {
        return page << PAGE_SHIFT | tagBits(pcid, kind);
    }

    /** What all tags of a PCID and a kind have in common. */
    public static long tagBits(int pcid, int kind) {
        assert kind > 0 && kind < 4 && (pcid & ~PCID_MASK) == 0 : "pcid " + pcid + " kind " + kind;
        return (long) pcid << PCID_SHIFT | kind;
    }

    /** The word of a page, made most recent; 0 when absent. */
    public long lookup(long page, long tagBits) {
        int set = (int) page & setMask;
        int way = find(set, page << PAGE_SHIFT | tagBits);
        if (way < 0) {
            return 0;
        }
        order.makeMostRecent(set, way);
        return cells[cell(set, way) + WORD];
    }

    /** Where the tag of a way is. */
    private int cell(int set, int way) {
        return set * ways + way << 1;
    }

    /** The way that holds a tag, or -1. */
    private int find(int set, long tag) {
        long pattern = LruSets.pattern(mixed(tag));
        for (int word = 0; word < markWords; word++) {
            long candidates = order.candidates(set, word, pattern);
            while (candidates != 0) {
                int way = LruSets.firstWay(word, candidates);
                if (cells[cell(set, way)] == tag) {
                    return way;
                }
                candidates &= candidates - 1;
            }
        }
        return -1;
    }

    private static int mixed(long tag) {
        return (int) (tag ^ tag >>> 24);
    }

    /** The word of a page, without making it recent; 0 when absent. */
    public long peek(long page, long tagBits) {
        int set = (int) page & setMask;
        int way = find(set, page << PAGE_SHIFT | tagBits);
        return way < 0 ? 0 : cells[cell(set, way) + WORD];
    }

    /** Says whether a page is present, without making it recent. */
    public boolean contains(long page, long tagBits) {
        return find((int) page & setMask, page << PAGE_SHIFT | tagBits) >= 0;
    }

    /** Puts a page that is absent in as the most recent; the least recent of a full set leaves. */
    public void insert(long page, long tagBits, long word) {
        assert word != 0 && !contains(page, tagBits) : "page " + Long.toHexString(page) + " word " + word;
        if (entries == 0) {
            return;
        }
        long tag = page << PAGE_SHIFT | tagBits;
        int set = (int) page & setMask;
        int at = cell(set, order.replaceLeastRecent(set, LruSets.pattern(mixed(tag))));
        cells[at] = tag;
        cells[at + WORD] = word;
    }

    /** Forgets one page. */
    public void remove(long page, long tagBits) {
        int set = (int) page & setMask;
        int way = find(set, page << PAGE_SHIFT | tagBits);
        if (way >= 0) {
            empty(set, way);
        }
    }

    private void empty(int set, int way) {
        cells[cell(set, way)] = 0;
        order.empty(set, way);
    }

    /** Forgets all pages of a PCID, of every kind. */
    public void removeAll(int pcid) {
        retain(pcid, 0, 0, Long.MAX_VALUE);
    }

    /** Forgets everything. */
    public void clear() {
        Arrays.fill(cells, 0);
        order.clear();
    }

    /** Forgets the pages {@code first … last} of a PCID and a kind. */
    public void removeRange(int pcid, int kind, long firstPage, long lastPage) {
        if (lastPage - firstPage <= setMask) {
            long tagBits = tagBits(pcid, kind);
            for (long page = firstPage; page <= lastPage; page++) {
                remove(page, tagBits);
            }
        } else {
            retain(pcid, kind, firstPage, lastPage);
        }
    }

    private void retain(int pcid, int kind, long firstPage, long lastPage) {
        for (int set = 0; set <= setMask; set++) {
            for (int way = 0; way < ways; way++) {
                if (isIn(cells[cell(set, way)], pcid, kind, firstPage, lastPage)) {
                    empty(set, way);
                }
            }
        }
    }

    private static boolean isIn(long tag, int pcid, int kind, long firstPage, long lastPage) {
        long page = tag >>> PAGE_SHIFT;
        return tag != 0
                && (tag >>> PCID_SHIFT & PCID_MASK) == pcid
                && (kind == 0 || (tag & 3) == kind)
                && page >= firstPage
                && page <= lastPage;
    }

    /** The number of entries present: for tests and reports, not for the access path. */
    public int countEntries() {
        int present = 0;
        for (int at = 0; at < cells.length; at += 2) {
            present += cells[at] != 0 ? 1 : 0;
        }
        return present;
    }
}
