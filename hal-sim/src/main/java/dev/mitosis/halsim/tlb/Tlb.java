package dev.mitosis.halsim.tlb;

/**
 * A set-associative translation cache with true LRU.
 *
 * <p>Shape: a way's two cells in {@link LruSets} are a tag and its word; tag 0 is an empty way. A tag is
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
    private final int firstCell;
    private final LruSets sets;
    private final long[] words;

    /** A cache of no entries at all is allowed: it always misses. */
    public Tlb(int entries, int ways) {
        int count = entries == 0 ? 1 : entries / ways;
        if (entries != 0 && (Integer.bitCount(count) != 1 || count * ways != entries)) {
            throw new IllegalArgumentException(
                    "a TLB of " + entries + " entries and " + ways + " ways has no power of two of sets");
        }
        this.entries = entries;
        // Without entries there is one way, which stays empty.
        this.ways = entries == 0 ? 1 : ways;
        this.setMask = count - 1;
        this.sets = new LruSets(count, this.ways, 2);
        this.words = sets.words;
        this.markWords = sets.markWords();
        this.firstCell = sets.firstCell();
    }

    public static long tag(long page, int pcid, int kind) {
        return page << PAGE_SHIFT | tagBits(pcid, kind);
    }

    /** What all tags of a PCID and a kind have in common. */
    public static long tagBits(int pcid, int kind) {
        assert kind > 0 && kind < 4 && (pcid & ~PCID_MASK) == 0 : "pcid " + pcid + " kind " + kind;
        return (long) pcid << PCID_SHIFT | kind;
    }

    /** What look-ups compare before they read a tag: for those that ask more than one cache for it. */
    public static long pattern(long tag) {
        return LruSets.pattern((int) (tag ^ tag >>> 24));
    }

    /** The word of a page, made most recent; 0 when absent. */
    public long lookup(long page, long tagBits) {
        long tag = page << PAGE_SHIFT | tagBits;
        return lookupTag(tag, pattern(tag));
    }

    /** {@link #lookup} by tag and {@link #pattern}. */
    public long lookupTag(long tag, long pattern) {
        int head = head(tag);
        int way = find(head, tag, pattern);
        if (way < 0) {
            return 0;
        }
        sets.makeMostRecent(head, way);
        return words[cell(head, way) + WORD];
    }

    private int head(long tag) {
        return sets.head((int) (tag >>> PAGE_SHIFT) & setMask);
    }

    /** Where the tag of a way is. */
    private int cell(int head, int way) {
        return head + firstCell + (way << 1);
    }

    /** The way that holds a tag, or -1. */
    private int find(int head, long tag, long pattern) {
        int way = find(head, 0, tag, pattern);
        // No loop for up to 16 ways.
        if (way < 0 && markWords > 1) {
            way = find(head, 1, tag, pattern);
            for (int word = 2; way < 0 && word < markWords; word++) {
                way = find(head, word, tag, pattern);
            }
        }
        return way;
    }

    private int find(int head, int word, long tag, long pattern) {
        long candidates = sets.candidates(head, word, pattern);
        while (candidates != 0) {
            int way = LruSets.firstWay(word, candidates);
            if (words[cell(head, way)] == tag) {
                return way;
            }
            candidates &= candidates - 1;
        }
        return -1;
    }

    /** The word of a page, without making it recent; 0 when absent. */
    public long peek(long page, long tagBits) {
        long tag = page << PAGE_SHIFT | tagBits;
        int head = head(tag);
        int way = find(head, tag, pattern(tag));
        return way < 0 ? 0 : words[cell(head, way) + WORD];
    }

    /** Says whether a page is present, without making it recent. */
    public boolean contains(long page, long tagBits) {
        long tag = page << PAGE_SHIFT | tagBits;
        return find(head(tag), tag, pattern(tag)) >= 0;
    }

    /** Puts a page that is absent in as the most recent; the least recent of a full set leaves. */
    public void insert(long page, long tagBits, long word) {
        long tag = page << PAGE_SHIFT | tagBits;
        insertTag(tag, pattern(tag), word);
    }

    /** {@link #insert} by tag and {@link #pattern}. */
    public void insertTag(long tag, long pattern, long word) {
        assert word != 0 && find(head(tag), tag, pattern) < 0 : "tag " + Long.toHexString(tag) + " word " + word;
        if (entries == 0) {
            return;
        }
        int head = head(tag);
        int at = cell(head, sets.replaceLeastRecent(head, pattern));
        words[at] = tag;
        words[at + WORD] = word;
    }

    /** Forgets one page. */
    public void remove(long page, long tagBits) {
        long tag = page << PAGE_SHIFT | tagBits;
        int head = head(tag);
        int way = find(head, tag, pattern(tag));
        if (way >= 0) {
            empty(head, way);
        }
    }

    private void empty(int head, int way) {
        words[cell(head, way)] = 0;
        sets.empty(head, way);
    }

    /** Forgets all pages of a PCID, of every kind. */
    public void removeAll(int pcid) {
        retain(pcid, 0, 0, Long.MAX_VALUE);
    }

    /** Forgets everything. */
    public void clear() {
        sets.clear();
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
                if (isIn(words[cell(sets.head(set), way)], pcid, kind, firstPage, lastPage)) {
                    empty(sets.head(set), way);
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
        for (int set = 0; set <= setMask; set++) {
            for (int way = 0; way < ways; way++) {
                present += words[cell(sets.head(set), way)] != 0 ? 1 : 0;
            }
        }
        return present;
    }
}
