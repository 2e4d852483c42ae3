package dev.mitosis.halsim;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.halsim.cache.CoreCaches;
import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * The page walker of a core: goes from the deepest table that the walk caches know to the leaf, through the core's caches.
 *
 * <p>It sets A in every entry that it uses and D in the leaf of a store, directly in memory, in the tree that it walks: that tree
 * is the copy whose root the processor loaded.
 *
 * <p>Shape: after {@link #walk} the fields say what was found; a walk that ends in a fault leaves {@link #leaf} at 0.
 *
 * <p>Source: Intel SDM vol. 3A §4.5, §4.8 (A and D), §4.10.3.
 */
final class PageWalker {
    private final ArrayMemory memory;
    private final CoreCaches caches;
    private final WalkCaches walkCaches;
    private final PhysicalLines lines;
    private final long[] reads;
    private final int sources;

    /** The leaf entry, with the A and D that the walk set; 0 when the walk faults. */
    long leaf;

    /** The level of the leaf, or of the entry that ended the walk. */
    int level;

    /** Whether the walk ended at an entry that is present, but not for this access. */
    boolean isProtection;

    PageWalker(ArrayMemory memory, CoreCaches caches, WalkCaches walkCaches, PhysicalLines lines, Pmu pmu) {
        this.memory = memory;
        this.caches = caches;
        this.walkCaches = walkCaches;
        this.lines = lines;
        this.reads = pmu.walkReads;
        this.sources = pmu.sources();
    }

    /** Walks the tree under {@code root} for one access. */
    void walk(long va, long root, int levels, int pcid, boolean isStore) {
        long table = root;
        int at = levels;
        for (int known = 2; known <= levels; known++) {
            long below = walkCaches.table(va, known, pcid);
            if (below >= 0) {
                table = below;
                at = known - 1;
                break;
            }
        }
        while (true) {
            int index = PagingLevel.index(va, at);
            long line = lines.lineOfEntry(table, index);
            int where = caches.access(line);
            int source = where == CoreCaches.MEMORY ? Pmu.MEMORY + lines.nodeOfLine(line) : where - CoreCaches.L1;
            reads[at * sources + source]++;
            long entry = memory.read(table, index);
            if (!Pte.isPresent(entry)) {
                fault(at, false);
                return;
            }
            if (Pte.isTable(entry, at)) {
                if ((entry & Pte.ACCESSED) == 0) {
                    memory.getAndOr(table, index, Pte.ACCESSED);
                }
                long below = Pte.pfn(entry);
                walkCaches.insert(va, at, pcid, below);
                table = below;
                at--;
                continue;
            }
            if (isStore && (entry & Pte.WRITE) == 0) {
                fault(at, true);
                return;
            }
            long bits = isStore ? Pte.ACCESSED_DIRTY : Pte.ACCESSED;
            if ((entry & bits) != bits) {
                memory.getAndOr(table, index, bits);
                entry |= bits;
            }
            leaf = entry;
            level = at;
            return;
        }
    }

    private void fault(int atLevel, boolean protection) {
        leaf = 0;
        level = atLevel;
        isProtection = protection;
    }
}
