package dev.mitosis.halsim.walk;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.halsim.tlb.WalkCaches;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import org.jspecify.annotations.Nullable;

/**
 * The page walker of a core: goes from the deepest table that the walk caches know to the leaf.
 *
 * <p>It sets A in every entry that it uses and D in the leaf of a store, directly in memory, in the tree that it walks: that tree
 * is the copy whose root the processor loaded; within a quantum they are set at its end. The entries that it reads go to the list of references.
 *
 * <p>Source: Intel SDM vol. 3A §4.5, §4.8 (A and D), §4.10.3.
 */
public final class PageWalker {
    private final ArrayMemory memory;
    private final WalkCaches walkCaches;
    private final MemoryReferences references;

    /** Where the A and D bits go while sockets run side by side; null when they go to memory. */
    @Nullable
    public PendingAccessedDirty marks;

    /** The level of the leaf, or of the entry that ended the walk. */
    public int level;

    /** Whether the walk ended at an entry that is present, but not for this access. */
    public boolean isProtection;

    public PageWalker(ArrayMemory memory, WalkCaches walkCaches, MemoryReferences references) {
        this.memory = memory;
        this.walkCaches = walkCaches;
        this.references = references;
    }

    /** The leaf entry for an access, with the A and D that the walk set; 0 when the walk ends in a fault. */
    public long walk(long va, long root, int levels, int pcid, boolean isStore) {
        long table = root;
        int at = levels;
        long known = walkCaches.deepest(va, levels, pcid);
        if (known != 0) {
            table = known - 1;
            at = walkCaches.level;
        }
        while (at > 1) {
            long entry = references.read(memory, table, va, at);
            if (!Pte.isTable(entry, at)) {
                return end(table, va, at, entry, isStore);
            }
            table = below(table, va, at, pcid, entry);
            at--;
        }
        return end(table, va, 1, references.read(memory, table, va, 1), isStore);
    }

    /** The table below an entry, which the caches keep. */
    private long below(long table, long va, int at, int pcid, long entry) {
        if ((entry & Pte.ACCESSED) == 0) {
            set(table, PagingLevel.index(va, at), Pte.ACCESSED);
        }
        long below = Pte.pfn(entry);
        walkCaches.insert(va, at, pcid, below + 1);
        return below;
    }

    /** What a walk comes to that ends at an entry of a level. */
    private long end(long table, long va, int at, long entry, boolean isStore) {
        level = at;
        isProtection = Pte.isPresent(entry);
        if (!isProtection || (isStore && (entry & Pte.WRITE) == 0)) {
            return 0;
        }
        long bits = isStore ? Pte.ACCESSED_DIRTY : Pte.ACCESSED;
        if ((entry & bits) != bits) {
            set(table, PagingLevel.index(va, at), bits);
        }
        return entry | bits;
    }

    private void set(long table, int index, long bits) {
        PendingAccessedDirty pending = marks;
        if (pending == null) {
            memory.getAndOr(table, index, bits);
        } else if (!pending.has(table, index, bits)) {
            pending.add(table, index, bits);
        }
    }
}
