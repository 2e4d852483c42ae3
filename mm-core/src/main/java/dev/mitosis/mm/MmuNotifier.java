package dev.mitosis.mm;

/**
 * What translations outside an address space that were made from its own hang on: an extended page table follows the tables of the
 * virtual machine's process through it.
 *
 * <p>It is called when the processors that run the address space have forgotten a range, and before what was mapped there may be used for
 * anything else; page-table locks may be held.
 *
 * <p>Source: Linux {@code include/linux/mmu_notifier.h:mmu_notifier_invalidate_range_start}; unlike there, one call a range, as what is made
 * from the tables later sees them as they are then.
 */
public interface MmuNotifier {
    /** A notifier that ignores everything. */
    MmuNotifier NONE = (cpu, startVa, endVa) -> {};

    /** Translations of a range are no longer what they were; {@code cpu} is the processor that changed them. */
    void invalidated(int cpu, long startVa, long endVa);
}
