package dev.mitosis.replication;

import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * What a processor's page walker does beneath the waist: descend from a root, set A on the way and D for a store.
 *
 * <p>Source: Intel SDM vol. 3A §4.5, §4.8.
 */
final class HardwareWalk {
    private HardwareWalk() {}

    /**
     * Walks and sets A and D where the access is allowed.
     *
     * @return the leaf entry, or {@link Pte#NONE} when the access faults
     */
    static long access(PhysicalMemory memory, long root, int levels, long va, boolean write) {
        long table = root;
        for (int level = levels; ; level--) {
            int index = PagingLevel.index(va, level);
            long entry = memory.read(table, index);
            if (!Pte.isPresent(entry) || (write && (entry & Pte.WRITE) == 0)) {
                return Pte.NONE;
            }
            if (!Pte.isTable(entry, level)) {
                long bits = Pte.ACCESSED | (write ? Pte.DIRTY : 0);
                return memory.getAndOr(table, index, bits) | bits;
            }
            memory.getAndOr(table, index, Pte.ACCESSED);
            table = Pte.pfn(entry);
        }
    }

    /** The level of the leaf that a walk would end at, 0 when it ends at nothing. */
    static int leafLevel(PhysicalMemory memory, long root, int levels, long va) {
        long table = root;
        for (int level = levels; level > 0; level--) {
            long entry = memory.read(table, PagingLevel.index(va, level));
            if (!Pte.isTable(entry, level)) {
                return Pte.isLeaf(entry, level) ? level : 0;
            }
            table = Pte.pfn(entry);
        }
        return 0;
    }
}
