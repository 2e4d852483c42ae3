package dev.mitosis.replication.mechanism;

/**
 * How an edit of many entries goes around the rings.
 *
 * <p>What is in the tables afterwards is the same, so the tables are edited range by range in both; what the processor would do for
 * it is not, and the board is told accordingly.
 */
public enum UpdateMode {
    /**
     * Entry by entry, as PV-ops do that replace single operations: the kernel reads an entry from all replicas, exchanges it in
     * all replicas, stores it to all replicas, and follows the links of the ring each time.
     *
     * <p>Source: Mitosis (ASPLOS'20) §5.2, §7; Linux {@code mm/mprotect.c:change_pte_range}, {@code mm/memory.c:zap_pte_range}.
     */
    ENTRY_BY_ENTRY,

    /**
     * A range of a table at a time: one pass over each replica, one link of the ring for a range.
     *
     * <p>Source: what Mitosis (ASPLOS'20) §8.3 calls fixable by deeper integration into the kernel.
     */
    BATCHED
}
