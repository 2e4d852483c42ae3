package dev.mitosis.halsim.tlb;

import java.util.Arrays;

/**
 * A set-associative translation cache with true LRU.
 *
 * <p>Shape: {@code tags[set * ways + rank]} and {@code words[…]} alike, most recent first; tag 0 is an empty way, and empty ways
 * are the last of their set. A tag is {@code | page number | PCID (12) | kind (2) |}, with the kind never 0: page sizes share
 * a structure when their kinds differ. A word is never 0; what it means is its owner's business.
 *
 * <p>Units: {@code page} is the virtual address divided by the bytes that an entry spans.
 */
public final class Tlb {
    private static final int PCID_SHIFT = 2;
    private static final int PAGE_SHIFT = 14;
    private static final long PCID_MASK = 0xFFF;

    private final int ways;
    private final int setMask;
    private final long[] tags;
    private final long[] words;

    /** A cache of no entries at all is allowed: it always misses. */
    public Tlb(int entries, int ways) {
        int sets = entries == 0 ? 1 : entries / ways;
        if (entries != 0 && (Integer.bitCount(sets) != 1 || sets * ways != entries)) {
            throw new IllegalArgumentException(
                    "a TLB of " + entries + " entries and " + ways + " ways has no power of two of sets");
        }
        this.ways = entries == 0 ? 0 : ways;
        this.setMask = sets - 1;
        this.tags = new long[entries];
        this.words = new long[entries];
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
        long tag = page << PAGE_SHIFT | tagBits;
        int first = ((int) page & setMask) * ways;
        int end = first + ways;
        long[] present = tags;
        for (int at = first; at < end; at++) {
            if (present[at] == tag) {
                return at == first ? words[first] : promote(first, at);
            }
        }
        return 0;
    }

    private long promote(int first, int from) {
        long tag = tags[from];
        long word = words[from];
        for (int at = from; at > first; at--) {
            tags[at] = tags[at - 1];
            words[at] = words[at - 1];
        }
        tags[first] = tag;
        words[first] = word;
        return word;
    }

    /** The word of a page, without making it recent; 0 when absent. */
    public long peek(long page, long tagBits) {
        long tag = page << PAGE_SHIFT | tagBits;
        int first = ((int) page & setMask) * ways;
        for (int at = first; at < first + ways; at++) {
            if (tags[at] == tag) {
                return words[at];
            }
        }
        return 0;
    }

    /** Says whether a page is present, without making it recent. */
    public boolean contains(long page, long tagBits) {
        long tag = page << PAGE_SHIFT | tagBits;
        int first = ((int) page & setMask) * ways;
        // Without a branch for each way: which of them it is cannot be foreseen.
        long[] present = tags;
        long nearest = 1;
        for (int at = first; at < first + ways; at++) {
            nearest = present[at] == tag ? 0 : nearest;
        }
        return nearest == 0;
    }

    /** Puts a page that is absent in as the most recent; the least recent of a full set leaves. */
    public void insert(long page, long tagBits, long word) {
        assert word != 0 && !contains(page, tagBits) : "page " + Long.toHexString(page) + " word " + word;
        if (ways == 0) {
            return;
        }
        int first = ((int) page & setMask) * ways;
        System.arraycopy(tags, first, tags, first + 1, ways - 1);
        System.arraycopy(words, first, words, first + 1, ways - 1);
        tags[first] = page << PAGE_SHIFT | tagBits;
        words[first] = word;
    }

    /** Forgets one page. */
    public void remove(long page, long tagBits) {
        long tag = page << PAGE_SHIFT | tagBits;
        int first = ((int) page & setMask) * ways;
        int end = first + ways;
        for (int at = first; at < end; at++) {
            if (tags[at] == tag) {
                for (int next = at + 1; next < end; at++, next++) {
                    tags[at] = tags[next];
                    words[at] = words[next];
                }
                tags[at] = 0;
                return;
            }
        }
    }

    /** Forgets all pages of a PCID, of every kind. */
    public void removeAll(int pcid) {
        retain(pcid, 0, 0, Long.MAX_VALUE);
    }

    /** Forgets everything. */
    public void clear() {
        Arrays.fill(tags, 0);
    }

    /** Forgets the pages {@code first … last} of a PCID and a kind. */
    public void removeRange(int pcid, int kind, long firstPage, long lastPage) {
        if (lastPage - firstPage < tags.length / Math.max(1, ways)) {
            long tagBits = tagBits(pcid, kind);
            for (long page = firstPage; page <= lastPage; page++) {
                remove(page, tagBits);
            }
        } else {
            retain(pcid, kind, firstPage, lastPage);
        }
    }

    private void retain(int pcid, int kind, long firstPage, long lastPage) {
        for (int first = 0; first < tags.length; first += ways) {
            int kept = first;
            for (int at = first; at < first + ways && tags[at] != 0; at++) {
                if (!isIn(tags[at], pcid, kind, firstPage, lastPage)) {
                    tags[kept] = tags[at];
                    words[kept++] = words[at];
                }
            }
            while (kept < first + ways) {
                tags[kept++] = 0;
            }
        }
    }

    private static boolean isIn(long tag, int pcid, int kind, long firstPage, long lastPage) {
        long page = tag >>> PAGE_SHIFT;
        return (tag >>> PCID_SHIFT & PCID_MASK) == pcid
                && (kind == 0 || (tag & 3) == kind)
                && page >= firstPage
                && page <= lastPage;
    }

    /** The number of entries present: for tests and reports, not for the access path. */
    public int countEntries() {
        int present = 0;
        for (long tag : tags) {
            present += tag != 0 ? 1 : 0;
        }
        return present;
    }
}
