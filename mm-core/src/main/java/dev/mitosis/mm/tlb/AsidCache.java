package dev.mitosis.mm.tlb;

import dev.mitosis.mm.MmStruct;
import java.util.Arrays;

/**
 * Which address spaces one processor's TLB may know: six slots, each an address space and the generation of its TLB contents.
 *
 * <p>Slot {@code s} is PCID {@code s + 1}; without PCIDs there is one slot and every switch flushes.
 *
 * <p>Source: Linux {@code arch/x86/mm/tlb.c:choose_new_asid}, TLB_NR_DYN_ASIDS.
 */
final class AsidCache {
    static final int SLOTS = 6;
    private static final int NONE = -1;

    private final int[] mmId = new int[SLOTS];
    private final long[] generation = new long[SLOTS];
    private int victim;
    private int loaded = NONE;

    AsidCache() {
        Arrays.fill(mmId, NONE);
    }

    /**
     * Chooses the slot of an address space that is about to run.
     *
     * @return true when the TLB must forget what the slot's PCID knows
     */
    boolean load(MmStruct mm, boolean usesPcid) {
        int slot = usesPcid ? find(mm.id()) : 0;
        long current = mm.tlbGeneration();
        boolean isStale = !usesPcid || slot < 0 || generation[slot] != current;
        if (slot < 0) {
            slot = victim;
            victim = (victim + 1) % SLOTS;
        }
        mmId[slot] = mm.id();
        generation[slot] = current;
        loaded = slot;
        return isStale;
    }

    /** The processor runs no address space; it keeps what it knows. */
    void unload() {
        loaded = NONE;
    }

    /** The generation up to which the processor has flushed what is loaded. */
    long knownGeneration() {
        return generation[loaded];
    }

    void setKnownGeneration(long known) {
        assert loaded != NONE : "no address space is loaded";
        generation[loaded] = known;
    }

    /** The PCID of what is loaded. */
    int pcid(boolean usesPcid) {
        return usesPcid ? loaded + 1 : 0;
    }

    private int find(int id) {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (mmId[slot] == id) {
                return slot;
            }
        }
        return NONE;
    }
}
