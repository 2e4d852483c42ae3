package dev.mitosis.hal;

/**
 * What the kernel's own work costs: the kernel reports each piece of it, the board turns pieces into cycles.
 *
 * <p>Every piece is reported with the processor that does it, so that the board knows what is local. Ranges are reported
 * once with a count, never entry by entry.
 */
public interface KernelMeter {
    /** A meter that forgets everything. */
    KernelMeter NONE = new KernelMeter() {};

    /** Entries {@code first … first + count - 1} of a page table loaded by the kernel. */
    default void tableLoads(int cpu, long table, int first, int count) {}

    /** Entries {@code first … first + count - 1} of a page table stored. */
    default void tableStores(int cpu, long table, int first, int count) {}

    /** Locked exchanges of {@code count} of the {@code span} entries of a page table that begin at {@code first}. */
    default void tableExchanges(int cpu, long table, int first, int span, int count) {}

    /** Links from a table to its next copy followed. */
    default void ringHops(int cpu, long count) {}

    /** Entries whose new value was worked out, as a change of protection does, apart from loads and stores. */
    default void entriesChanged(int cpu, long count) {}

    /** A page-table page taken on {@code node} and cleared. */
    default void tableAllocated(int cpu, int node) {}

    default void tableFreed(int cpu, int node) {}

    /** A whole table page copied, as a migration does. */
    default void tableCopied(int cpu, long from, long to) {}

    /** Data pages taken on {@code node} and zeroed; {@code order} 0 is 4 KiB. */
    default void pagesAllocated(int cpu, int node, int order, long count) {}

    default void pagesFreed(int cpu, int node, int order, long count) {}

    /** A data page copied, as copy-on-write and migration do. */
    default void pageCopied(int cpu, int fromNode, int toNode, int order) {}

    /** Entry to and return from the kernel for a page fault. */
    default void pageFault(int cpu) {}

    /** Entry to and return from the kernel for a system call. */
    default void systemCall(int cpu) {}

    /** An area made and put into its address space. */
    default void areaInserted(int cpu) {}

    /** An area taken out of its address space, with what belongs to it. */
    default void areaRemoved(int cpu) {}

    /** A CR3 write. */
    default void rootLoaded(int cpu, boolean flush) {}

    /** A TLB flush on the processor itself. */
    default void localFlush(int cpu) {}

    /** An interrupt to flush received from another processor. */
    default void flushReceived(int cpu) {}

    /** An interrupt sent to {@code targets} other processors to flush, awaited. */
    default void shootdown(int cpu, int targets) {}

    /** A flush that the hardware of {@code targets} other processors carries out without an interrupt, awaited (RAR). */
    default void remoteActions(int cpu, int targets) {}

    /** A flush that the hardware carries to all processors by itself, awaited (INVLPGB and TLBSYNC). */
    default void broadcastFlush(int cpu) {}
}
