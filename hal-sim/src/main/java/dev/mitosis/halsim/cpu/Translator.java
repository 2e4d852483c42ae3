package dev.mitosis.halsim.cpu;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.halsim.tlb.Tlb;
import dev.mitosis.halsim.tlb.TlbHierarchy;
import dev.mitosis.halsim.tlb.WalkCaches;
import dev.mitosis.halsim.walk.EntryPrefetch;
import dev.mitosis.halsim.walk.EptWalker;
import dev.mitosis.halsim.walk.MemoryReferences;
import dev.mitosis.halsim.walk.NestedWalker;
import dev.mitosis.halsim.walk.PageWalker;
import dev.mitosis.halsim.walk.PendingAccessedDirty;
import org.jspecify.annotations.Nullable;

/**
 * The first stage of a core: from virtual addresses to physical lines, through TLBs, walk caches and the walker.
 *
 * <p>It stops at an access that needs the kernel, because whatever the kernel changes is for the accesses after it; otherwise it
 * runs to the end of what it is given. What it reads of tables, and the line of each access, go to a list for the caches.
 *
 * <p>Cost: entries of tables that walks are going to need are touched beforehand, in a loop that does nothing else
 * ({@link #warm}), so that the host waits for many of them at a time.
 */
final class Translator {
    /** Accesses that are translated before the caches see any. */
    static final int STAGE = 256;

    /** Of one access: a two-dimensional walk of five levels each way, and its data. */
    private static final int REFERENCES_AT_MOST = 36;

    /** Below this number of accesses touching beforehand does not pay. */
    private static final int WORTH_WARMING = 16;

    final TlbHierarchy tlbs;
    final WalkCaches walkCaches;
    final MemoryReferences references = new MemoryReferences(STAGE * REFERENCES_AT_MOST);
    /** The walker of a guest, when the core runs one. */
    private @Nullable NestedWalker nested;

    private final MachineProfile profile;
    private final PageWalker walker;
    private final ArrayMemory memory;
    private final Pmu pmu;
    private long root = Processors.NO_ROOT;
    private int levels;
    private int pcid;

    /** Why {@link #translate} or {@link #walkAgain} stopped: the error code of the page fault. */
    int errorCode;

    private final EntryPrefetch prefetch = new EntryPrefetch(STAGE);

    Translator(MachineProfile profile, ArrayMemory memory, Pmu pmu) {
        this.tlbs = new TlbHierarchy(profile.tlb());
        this.walkCaches = new WalkCaches(profile);
        this.walker = new PageWalker(memory, walkCaches, references);
        this.profile = profile;
        this.memory = memory;
        this.pmu = pmu;
    }

    void use(long newRoot, int newLevels, int newPcid) {
        root = newRoot;
        levels = newLevels;
        pcid = newPcid;
    }

    /** From now on addresses are a guest's, whose tables are in {@code guestMemory} under an extended page table. */
    EptWalker enterGuest(ArrayMemory guestMemory, boolean hasEptAccessedDirty) {
        Tlb nestedTlb =
                new Tlb(profile.nestedTlb().entries(), profile.nestedTlb().ways());
        EptWalker ept = new EptWalker(new WalkCaches(profile), nestedTlb, memory, references, pmu, hasEptAccessedDirty);
        nested = new NestedWalker(profile, guestMemory, ept, references);
        tlbs.clear();
        return ept;
    }

    /** The walker of the guest that the core runs, or null. */
    @Nullable
    NestedWalker nested() {
        return nested;
    }

    /** Where A and D bits go from now on: memory itself when null. */
    void markIn(@Nullable PendingAccessedDirty marks) {
        walker.marks = marks;
    }

    /** Reads the entries that accesses {@code from … to - 1} will need; changes nothing. */
    void warm(AccessBatch batch, int from, int to) {
        if (to - from < WORTH_WARMING || root == Processors.NO_ROOT) {
            return;
        }
        long[] va = batch.va;
        prefetch.clear();
        for (int i = from; i < to; i++) {
            long address = va[i];
            if (!tlbs.isInFirst(address, pcid)) {
                prefetch.add(address);
            }
        }
        NestedWalker guest = nested;
        if (guest == null) {
            prefetch.read(memory, root, levels);
        } else {
            prefetch.readNested(guest.guestMemory(), root, levels, memory, guest.ept);
        }
    }

    /** Translates accesses {@code from … to - 1}, and returns the first that needs the kernel, or {@code to}. */
    int translate(AccessBatch batch, int from, int to) {
        long[] va = batch.va;
        int[] meta = batch.meta;
        for (int i = from; i < to; i++) {
            long address = va[i];
            boolean isStore = (meta[i] & AccessBatch.STORE) != 0;
            long tag = TlbHierarchy.tag(address, pcid);
            long pattern = Tlb.pattern(tag);
            long word = tlbs.lookupFirst(address, pcid, tag, pattern);
            if (word == 0 || (isStore && (word & TlbHierarchy.DIRTY) == 0)) {
                word = beyondFirst(address, isStore, tag, pattern, word);
                if (word == 0) {
                    return i;
                }
            }
            addData(word, address);
        }
        return to;
    }

    /** Walks for an access that the kernel has just dealt with; false when it needs the kernel again. */
    boolean walkAgain(long va, boolean isStore) {
        long tag = TlbHierarchy.tag(va, pcid);
        long word = walk(va, isStore, tag, Tlb.pattern(tag));
        if (word == 0) {
            return false;
        }
        addData(word, va);
        return true;
    }

    private void addData(long word, long va) {
        references.add(PhysicalLines.ofData(TlbHierarchy.frame(word, va), va), MemoryReferences.DATA);
    }

    /** The way of an access that the first-level TLB cannot answer; 0 when it needs the kernel. */
    private long beyondFirst(long va, boolean isStore, long tag, long pattern, long first) {
        long word = first;
        if (word == 0) {
            pmu.l1TlbMisses++;
            word = tlbs.lookupSecond(va, pcid, tag, pattern);
            if (word == 0) {
                pmu.stlbMisses++;
                return walk(va, isStore, tag, pattern);
            }
            if (!isStore || (word & TlbHierarchy.DIRTY) != 0) {
                return word;
            }
        }
        // A store through a clean translation: D is set in the tree, if the tree still lets the store through.
        if ((word & TlbHierarchy.WRITABLE) == 0) {
            if (nested != null) {
                // Only a walk says which of a guest's two trees does not.
                tlbs.remove(va, pcid);
                return walk(va, isStore, tag, pattern);
            }
            errorCode = TrapHandler.WRITE | TrapHandler.PRESENT;
            return 0;
        }
        pmu.dirtyAssists++;
        tlbs.remove(va, pcid);
        return walk(va, isStore, tag, pattern);
    }

    /** Walks, and keeps what the walk found; 0 when it needs the kernel. */
    private long walk(long va, boolean isStore, long tag, long pattern) {
        pmu.walks++;
        if (nested != null) {
            return walkNested(nested, va, isStore, tag, pattern);
        }
        long leaf = walker.walk(va, root, levels, pcid, isStore);
        if (leaf == 0) {
            errorCode = (walker.isProtection ? TrapHandler.PRESENT : 0) | (isStore ? TrapHandler.WRITE : 0);
            return 0;
        }
        long word = TlbHierarchy.word(leaf, walker.level);
        tlbs.insert(va, pcid, tag, pattern, word);
        return word;
    }

    private long walkNested(NestedWalker guest, long va, boolean isStore, long tag, long pattern) {
        long word = guest.walk(va, root, levels, pcid, isStore);
        if (word == 0) {
            errorCode = (guest.isProtection ? TrapHandler.PRESENT : 0) | (isStore ? TrapHandler.WRITE : 0);
            return 0;
        }
        tlbs.insert(va, pcid, tag, pattern, word);
        return word;
    }

    void forgetTables(int ofPcid) {
        prefetch.forgetTables();
        walkCaches.removeAll(ofPcid);
        if (nested != null) {
            nested.forget(ofPcid);
        }
    }

    void forgetAllTables() {
        prefetch.forgetTables();
        walkCaches.clear();
    }

    long cachedFrame(long va) {
        long word = tlbs.peek(va, pcid);
        return word == 0 ? -1 : TlbHierarchy.frame(word, va);
    }

    boolean letsStoresThrough(long va) {
        long word = tlbs.peek(va, pcid);
        return (word & TlbHierarchy.WRITABLE) != 0 && (word & TlbHierarchy.DIRTY) != 0;
    }

    /** A fault makes the processor forget what it knew of the address. Source: SDM vol. 3A §4.10.4.1. */
    void forget(long va) {
        tlbs.remove(va, pcid);
    }
}
