package dev.mitosis.halsim.walk;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Frames;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.tlb.Tlb;
import dev.mitosis.halsim.tlb.TlbHierarchy;
import dev.mitosis.halsim.tlb.WalkCaches;
import dev.mitosis.x86.Ept;
import dev.mitosis.x86.PagingLevel;

/**
 * The host dimension of a two-dimensional walk: from a guest frame to a host frame, through the nested TLB, the walk caches of the
 * extended page table, and that table.
 *
 * <p>Shape: a word that it answers is one of {@link TlbHierarchy}: host frame of the page's first 4 KiB, level, and the right to write.
 *
 * <p>With A and D enabled it sets both in the tree that it walks; reads of guest page tables then count as writes.
 *
 * <p>Source: Intel SDM vol. 3C §29.3 (translation), §29.3.5 (A and D), §29.4.1 (guest-physical mappings may be cached).
 */
public final class EptWalker {
    private static final int HUGE = 2;
    private static final int GIANT = 3;
    /** What a word must have for a write to need no walk. */
    private static final long WRITE_AT_ONCE = TlbHierarchy.WRITABLE | TlbHierarchy.DIRTY;

    private final ArrayMemory memory;
    private final MemoryReferences references;
    private final Pmu pmu;
    private final WalkCaches walkCaches;
    private final Tlb nestedTlb;
    private final boolean marks;
    /** Whether a page of 2 MiB or of 1 GiB was ever met: else the nested TLB is not asked for one. */
    private boolean hasHuge;

    private boolean hasGiant;

    private long root = -1;
    private int levels;

    public EptWalker(
            WalkCaches walkCaches,
            Tlb nestedTlb,
            ArrayMemory memory,
            MemoryReferences references,
            Pmu pmu,
            boolean hasAccessedDirty) {
        this.memory = memory;
        this.references = references;
        this.pmu = pmu;
        this.walkCaches = walkCaches;
        this.nestedTlb = nestedTlb;
        this.marks = hasAccessedDirty;
    }

    /** Loads an EPT pointer; whatever was known of another tree of the same machine stays true. */
    public void use(long newRoot, int newLevels) {
        root = newRoot;
        levels = newLevels;
    }

    long root() {
        return root;
    }

    int levels() {
        return levels;
    }

    /** INVEPT. */
    void forget() {
        nestedTlb.removeAll(0);
        walkCaches.removeAll(0);
    }

    /** Whether reads of guest tables are writes to this tree: they are where it has A and D bits. Source: SDM vol. 3C §29.3.3.2. */
    boolean countsTableReadsAsWrites() {
        return marks;
    }

    /** The word of a guest frame; 0 when the walk ends in an EPT violation. */
    long translate(long guestFrame, boolean isWrite) {
        long tag = Tlb.tag(guestFrame, 0, 1);
        long pattern = Tlb.pattern(tag);
        long word = nestedTlb.lookupTag(tag, pattern);
        if (word == 0 && hasHuge) {
            word = lookupHuge(guestFrame);
        }
        if (word != 0 && !(isWrite && (word & WRITE_AT_ONCE) != WRITE_AT_ONCE)) {
            return word;
        }
        pmu.nestedTlbMisses++;
        boolean isKnown = word != 0;
        word = walk(guestFrame << Frames.PAGE_SHIFT, isWrite);
        if (word != 0) {
            int level = TlbHierarchy.level(word);
            if (isKnown) {
                nestedTlb.remove(page(guestFrame, level), Tlb.tagBits(0, level));
            }
            if (level == 1) {
                nestedTlb.insertTag(tag, pattern, word);
            } else {
                hasHuge = true;
                hasGiant |= level == GIANT;
                nestedTlb.insert(page(guestFrame, level), Tlb.tagBits(0, level), word);
            }
        }
        return word;
    }

    private long lookupHuge(long guestFrame) {
        long word = nestedTlb.lookup(page(guestFrame, HUGE), Tlb.tagBits(0, HUGE));
        return word != 0 || !hasGiant ? word : nestedTlb.lookup(page(guestFrame, GIANT), Tlb.tagBits(0, GIANT));
    }

    private static long page(long guestFrame, int level) {
        return guestFrame >>> PagingLevel.INDEX_BITS * (level - 1);
    }

    private long walk(long gpa, boolean isWrite) {
        long table = root;
        int at = levels;
        long known = walkCaches.deepest(gpa, levels, 0);
        if (known != 0) {
            table = known - 1;
            at = walkCaches.level;
        }
        while (at > 1) {
            long entry = read(table, gpa, at);
            if (!Ept.isTable(entry, at)) {
                return end(table, gpa, at, entry, isWrite);
            }
            table = below(table, gpa, at, entry);
            at--;
        }
        return end(table, gpa, 1, read(table, gpa, 1), isWrite);
    }

    private long read(long table, long gpa, int at) {
        return references.read(memory, table, table, gpa, at, Pmu.EPT + at);
    }

    /** The table below an entry, which the caches keep. */
    private long below(long table, long gpa, int at, long entry) {
        mark(table, gpa, at, entry, Ept.ACCESSED);
        long below = Ept.pfn(entry);
        walkCaches.insert(gpa, at, 0, below + 1);
        return below;
    }

    /** What a walk comes to that ends at an entry of a level. */
    private long end(long table, long gpa, int at, long entry, boolean isWrite) {
        if (!Ept.isPresent(entry) || (isWrite && (entry & Ept.WRITE) == 0)) {
            return 0;
        }
        mark(table, gpa, at, entry, isWrite ? Ept.ACCESSED | Ept.DIRTY : Ept.ACCESSED);
        boolean isWritable = (entry & Ept.WRITE) != 0;
        boolean isDirty = isWritable && (isWrite || !marks || (entry & Ept.DIRTY) != 0);
        return Ept.pfn(entry) << TlbHierarchy.FRAME_SHIFT
                | (long) at << TlbHierarchy.LEVEL_SHIFT
                | (isDirty ? TlbHierarchy.DIRTY : 0)
                | (isWritable ? TlbHierarchy.WRITABLE : 0)
                | TlbHierarchy.VALID;
    }

    private void mark(long table, long gpa, int at, long entry, long bits) {
        if (marks && (entry & bits) != bits) {
            memory.getAndOr(table, PagingLevel.index(gpa, at), bits);
        }
    }

    /** The host frame that the nested TLB has for a guest frame, or -1; changes nothing. */
    public long cachedFrame(long guestFrame) {
        for (int level = 1; level <= GIANT; level++) {
            long word = nestedTlb.peek(page(guestFrame, level), Tlb.tagBits(0, level));
            if (word != 0) {
                return frame(word, guestFrame);
            }
        }
        return -1;
    }

    /** The frame of a guest frame under a word. */
    static long frame(long word, long guestFrame) {
        return (word >>> TlbHierarchy.FRAME_SHIFT)
                + (guestFrame & (1L << PagingLevel.INDEX_BITS * (TlbHierarchy.level(word) - 1)) - 1);
    }
}
