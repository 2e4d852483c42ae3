package dev.mitosis.hal;

/**
 * The processors of a board, as the kernel commands them: load a root, forget translations.
 *
 * <p>Source: Intel SDM vol. 3A §4.10.4 (invalidation of TLBs and paging-structure caches).
 */
public interface Processors {
    /** The sentinel root of a processor that runs no address space. */
    long NO_ROOT = Frames.NO_FRAME;

    /**
     * Writes CR3: the processor translates through {@code root} from now on.
     *
     * @param root frame of the top-level table, or {@link #NO_ROOT}
     * @param levels 4 or 5
     * @param pcid the tag of its TLB entries; entries with other tags stay unless {@code flush}
     * @param flush true to forget the translations of {@code pcid} (bit 63 of CR3 clear)
     */
    void loadRoot(int cpu, long root, int levels, int pcid, boolean flush);

    /**
     * Forgets the translations of a range on one processor, for one PCID: TLB entries and paging-structure caches.
     *
     * <p>INVLPG drops the paging-structure caches of the PCID too, so the caller need not say whether tables will be freed.
     */
    void invalidateRange(int cpu, int pcid, long startVa, long endVa);

    /** Forgets all translations of one PCID on one processor. */
    void invalidateAll(int cpu, int pcid);
}
