package dev.mitosis.lab.counters;

/** What is counted, whatever a processor calls the event. */
public enum Quantity {
    CYCLES,
    INSTRUCTIONS,
    LOADS,
    STORES,
    /** Accesses that missed the first-level data TLB and hit the second. */
    STLB_HITS,
    /** Completed page walks for data, loads and stores together; or for loads and stores apart. */
    WALKS,
    LOAD_WALKS,
    STORE_WALKS,
    /** Cycles in which at least one walk is under way. */
    LOAD_WALK_ACTIVE,
    STORE_WALK_ACTIVE,
    /** Walks under way, added up over cycles: two at a time count twice. */
    LOAD_WALK_PENDING,
    STORE_WALK_PENDING,
    /** Of a guest: walks of extended tables under way, which those above do not hold. */
    EPT_WALK_PENDING,
    /** Walks for instructions, which no simulation here makes. */
    INSTRUCTION_WALKS,
    /** Reads of page-table entries by what answered. */
    WALKER_READS_L1,
    WALKER_READS_L2,
    WALKER_READS_LAST,
    WALKER_READS_MEMORY,
    /** Loads that memory answered: of the own node, of another, of any. */
    LOCAL_MEMORY_LOADS,
    REMOTE_MEMORY_LOADS,
    MEMORY_LOADS
}
