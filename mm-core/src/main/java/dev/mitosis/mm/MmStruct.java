package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PagingLevel;
import java.util.BitSet;

/**
 * An address space: its areas, its tree of page tables, and the processors that run it.
 *
 * <p>Source: Linux {@code include/linux/mm_types.h:struct mm_struct}.
 */
public final class MmStruct {
    /** Where the stack's area ends, below the top of user space, as Linux without randomisation has it. */
    private static final long MMAP_BASE_GAP_BYTES = 128L << 20;

    private static final int NO_NODE = -1;

    private final PageTable pageTable;
    private final VmaTree areas = new VmaTree();
    private final BitSet cpus = new BitSet();
    private final long[] residentFrames;
    private final long[] tables;
    private long mmapBaseVa;
    private long startBrkVa;
    private long brkVa;
    private long tlbGeneration;
    private int users;
    private int tableNode = NO_NODE;
    private boolean sharesFrames;

    MmStruct(int id, int levels, Topology topology) {
        pageTable = new PageTable(id, levels);
        residentFrames = new long[topology.nodes()];
        tables = new long[levels + 1];
        mmapBaseVa = PagingLevel.userEndVa(4) - MMAP_BASE_GAP_BYTES;
    }

    /** The number of the address space, never used twice on a machine. */
    public int id() {
        return pageTable.id();
    }

    public PageTable pageTable() {
        return pageTable;
    }

    public VmaTree areas() {
        return areas;
    }

    /** The processors that have this address space loaded: those a shootdown must reach (mm_cpumask). */
    public BitSet cpus() {
        return cpus;
    }

    /** The tasks that live in it. */
    public int users() {
        return users;
    }

    void addUser(int change) {
        users += change;
    }

    // ---- layout ----

    /** Below this address mmap places areas, top down. */
    public long mmapBaseVa() {
        return mmapBaseVa;
    }

    public void setMmapBase(long va) {
        mmapBaseVa = va;
    }

    public long startBrkVa() {
        return startBrkVa;
    }

    public long brkVa() {
        return brkVa;
    }

    /** Says where the heap begins: what the program loader does. */
    public void setStartBrk(long va) {
        startBrkVa = va;
        brkVa = va;
    }

    public void setBrk(long va) {
        brkVa = va;
    }

    // ---- placement ----

    /** Says whether this address space's tables go to a fixed node, whatever the policy of its tasks. */
    public boolean hasTableNode() {
        return tableNode != NO_NODE;
    }

    public int tableNode() {
        return tableNode;
    }

    /**
     * Fixes the node of tables made from now on; -1 lets the policy of the tasks decide again.
     *
     * <p>Source: the page-table allocation knob of the Mitosis kernel, with which the papers build their remote configurations.
     */
    public void setTableNode(int node) {
        tableNode = node;
    }

    /** Says whether frames may be shared copy-on-write: from the first fork on, in parent and child. */
    public boolean sharesFrames() {
        return sharesFrames;
    }

    void setSharesFrames() {
        sharesFrames = true;
    }

    // ---- counts ----

    /** Frames of 4 KiB mapped on a node; a frame shared with others counts in each. */
    public long residentFrames(int node) {
        return residentFrames[node];
    }

    public long residentFrames() {
        long sum = 0;
        for (long frames : residentFrames) {
            sum += frames;
        }
        return sum;
    }

    void countResident(long pfn, int order, int sign) {
        residentFrames[Frames.nodeOf(pfn)] += (long) sign << order;
        assert residentFrames[Frames.nodeOf(pfn)] >= 0 : "resident frames of " + this + " below zero";
    }

    /** Tables of a level in the primary tree. */
    public long tables(int level) {
        return tables[level];
    }

    void countTable(int level, int change) {
        tables[level] += change;
    }

    // ---- TLB ----

    /** Grows with every flush of this address space: a processor that knows an older one has stale translations. */
    long tlbGeneration() {
        return tlbGeneration;
    }

    void nextTlbGeneration() {
        tlbGeneration++;
    }

    @Override
    public String toString() {
        return "mm " + id();
    }
}
