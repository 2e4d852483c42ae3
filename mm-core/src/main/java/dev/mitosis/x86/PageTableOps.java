package dev.mitosis.x86;

/**
 * The waist through which the kernel makes, reads and edits page tables: Linux's PV-ops.
 *
 * <p>Shape: {@code table} is a primary table, as the kernel knows it; {@code index} is 0 … 511; {@code level} says what the
 * entries of the table are. Ranges cost one call, not one per entry.
 *
 * <p>Leaf entries are stored verbatim in every replica. A non-leaf entry names the primary child, and each replica gets the
 * child's table on its own node.
 *
 * <p>It is an abstract class so that, with one implementation loaded, calls bind statically.
 *
 * <p>Source: Mitosis (ASPLOS'20) §5.2–5.4; Linux {@code arch/x86/include/asm/paravirt.h}.
 */
public abstract class PageTableOps {
    /** The mask of all nodes that there are. */
    public static final long ANY_NODE = -1;

    // ---- tables ----

    /**
     * Makes an empty table.
     *
     * @param node where the kernel wants it; a mechanism may choose otherwise
     * @return the primary table, or {@code Frames.NO_FRAME}: then nothing was allocated
     */
    public abstract long allocateTable(PageTable tree, int level, int cpu, int node);

    /**
     * Where a table that the memory policy of a task wants on a node goes first; a mechanism may prefer another node.
     *
     * <p>Cost: once a table.
     */
    public int firstNode(int level, int cpu, int node) {
        return node;
    }

    /** The nodes whose cold pages may be written out to make room for a table of a tree; 0 when it shall rather fail. */
    public abstract long reclaimNodes(PageTable tree);

    /** Returns a table and all its replicas. No walker and no TLB may still reach them. */
    public abstract void freeTable(PageTable tree, int level, int cpu, long table);

    /** The top-level table that a processor of {@code node} shall load. */
    public abstract long rootFor(PageTable tree, int node);

    /** The same for one processor, which the topology has on {@code node}; a mechanism may know better where it is. */
    public long rootFor(PageTable tree, int cpu, int node) {
        return rootFor(tree, node);
    }

    // ---- replicas that are made on demand ----

    /**
     * Copies the way to an address into the replica that a processor walks, as far as the kernel's tables lead. The fault handler calls it
     * first; the caller holds mmap_lock, and no table's lock.
     *
     * @param tree the tree that the processor has loaded
     * @return whether the replica has changed, so that the access is to be tried again
     */
    public boolean fill(int cpu, PageTable tree, long va, TableLock locks) {
        return false;
    }

    /**
     * The nodes whose walkers can have seen an entry of a range: a flush asks it, after the entries have changed and before their frames and
     * tables are freed. It may name too many, {@link #ANY_NODE} for instance, and never too few.
     *
     * <p>Units: nodes of tables ({@link #rootFor}), not of processors.
     */
    public long holders(PageTable tree, long startVa, long endVa) {
        return ANY_NODE;
    }

    // ---- entries ----

    /** The entry as the kernel must see it: A and D are set when they are set in any replica. */
    public abstract long get(int cpu, long table, int index);

    /**
     * The entry of this one table, without what hardware has set in replicas: enough to find the way through the tables, and a
     * single load.
     */
    public abstract long peek(long table, int index);

    /** Stores an entry in all replicas. */
    public abstract void set(int cpu, int level, long table, int index, long entry);

    /** Replaces the entry by none in all replicas at once, and returns it with A and D gathered from all of them. */
    public abstract long getAndClear(int cpu, int level, long table, int index);

    /** Clears A in all replicas; says whether any had it. */
    public abstract boolean testAndClearAccessed(int cpu, long table, int index);

    // ---- ranges of one table ----

    /** Stores {@code firstEntry + i * step} to entry {@code first + i}, for i = 0 … count - 1: leaves of consecutive frames. */
    public abstract void setLeaves(int cpu, int level, long table, int first, int count, long firstEntry, long step);

    /** Stores {@code entries[from + i]} to entry {@code first + i}: leaves of scattered frames. */
    public abstract void setLeaves(int cpu, int level, long table, int first, int count, long[] entries, int from);

    /**
     * Clears and sets bits in those entries of the range that are leaves ({@link Pte#isLeaf}), in all replicas, keeping A and D
     * that hardware sets meanwhile. Empty entries and pointers to tables stay as they are, and the zero page never gets
     * {@link Pte#WRITE}.
     *
     * @return how many entries changed
     */
    public abstract int modifyLeaves(
            int cpu, int level, long table, int first, int count, long clearBits, long setBits);

    /**
     * Clears those entries of the range that are not pointers to tables, in all replicas, and stores what they were (A and D
     * gathered) in {@code old[from + i]}; pointers stay, and read as none in {@code old}.
     *
     * @return how many entries were not none
     */
    public abstract int getAndClearLeaves(int cpu, int level, long table, int first, int count, long[] old, int from);
}
