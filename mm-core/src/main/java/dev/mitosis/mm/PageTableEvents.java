package dev.mitosis.mm;

/**
 * What a page-table mechanism above the kernel must hear of. The kernel raises these events without knowing who listens.
 *
 * <p>Cost: once a fork, switch, migration or tick; {@code dataPageMigrated} once a page.
 */
public interface PageTableEvents {
    /** A listener that ignores everything. */
    PageTableEvents NONE = new PageTableEvents() {};

    /** An address space was made, empty but for its root. */
    default void created(MmStruct mm) {}

    /** A child is forked: its tables are about to be made. */
    default void forked(MmStruct parent, MmStruct child) {}

    /** A task gets a fresh address space by exec, whose tables are about to be made; the old one may live on in other tasks. */
    default void execed(MmStruct old, MmStruct fresh) {}

    /** An address space is about to be torn down, or could not be made after all. */
    default void exiting(MmStruct mm) {}

    /** A processor loaded the task's root. */
    default void contextSwitched(int cpu, Task task) {}

    /** A task runs on another node from now on. */
    default void taskMigrated(Task task, int fromNode, int toNode) {}

    /** A data page moved between nodes; its leaf entry names the new frame already. */
    default void dataPageMigrated(MmStruct mm, long va, int fromNode, int toNode) {}

    /** All data pages that a migration wanted to move have been moved. */
    default void dataMigrationFinished(MmStruct mm) {}

    /** NUMA balancing has hidden a part of an address space: the turn of what goes with it. */
    default void numaScanned(Task task) {}

    /** A node could not supply a frame. */
    default void nodePressure(int node) {}

    /**
     * A piece of a program's run was counted, as a performance monitor that reads hardware counters sees it.
     *
     * @param accesses data accesses of the piece
     * @param tlbMisses those of them that walked the page tables
     */
    default void counted(MmStruct mm, long accesses, long tlbMisses) {}

    /** A scheduler tick of a processor. */
    default void tick(int cpu) {}
}
