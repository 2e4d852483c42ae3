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

    /** Page-table entries stored: {@code entries} of them in {@code lines} cache lines of tables on {@code node}. */
    default void tableStores(int cpu, int node, long entries, long lines) {}

    /** Page-table entries loaded by the kernel, for instance to gather A/D bits from a replica. */
    default void tableLoads(int cpu, int node, long entries, long lines) {}

    /** A page-table page taken on {@code node} and cleared; {@code fromCache} when a reserve supplied it. */
    default void tableAllocated(int cpu, int node, boolean fromCache) {}

    default void tableFreed(int cpu, int node) {}

    /** A whole table page copied, as a migration does. */
    default void tableCopied(int cpu, int fromNode, int toNode) {}

    /** Data pages taken on {@code node} and zeroed; {@code order} 0 is 4 KiB. */
    default void pagesAllocated(int cpu, int node, int order, long count) {}

    default void pagesFreed(int cpu, int node, int order, long count) {}

    /** A data page copied, as copy-on-write and migration do. */
    default void pageCopied(int cpu, int fromNode, int toNode, int order) {}

    /** Entry to and return from the kernel for a page fault. */
    default void pageFault(int cpu) {}

    /** Entry to and return from the kernel for a system call. */
    default void systemCall(int cpu) {}

    /** A CR3 write. */
    default void rootLoaded(int cpu, boolean flush) {}

    /** A TLB flush on the processor itself. */
    default void localFlush(int cpu) {}

    /** An interrupt sent to {@code targets} other processors to flush, awaited. */
    default void shootdown(int cpu, int targets) {}
}
