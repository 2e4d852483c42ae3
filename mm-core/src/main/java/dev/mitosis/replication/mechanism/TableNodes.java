package dev.mitosis.replication.mechanism;

/**
 * Says where a new table goes first, in place of the memory policy of the task that needs it. When that node is full, the kernel goes on
 * by the memory policy.
 *
 * <p>Cost: asked once a table.
 */
@FunctionalInterface
public interface TableNodes {
    /** The memory policy of the task decides, as in Linux. */
    TableNodes BY_MEMPOLICY = (level, cpu, wanted) -> wanted;

    /**
     * The node for a table.
     *
     * @param level of the table, 1 for a leaf table
     * @param cpu the processor that needs it
     * @param wanted what the memory policy says
     */
    int node(int level, int cpu, int wanted);
}
