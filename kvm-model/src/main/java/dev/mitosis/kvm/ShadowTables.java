package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.reshape.TreeReplicator;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.HashMap;
import java.util.Map;

/**
 * The tables that hardware walks where there are no extended ones: guest-virtual to host-physical, kept by the hypervisor.
 *
 * <pre>
 *   guest table (its own memory, every write traps)  ──┐
 *   guest frame → host frame  (EptManager)           ──┴── shadow table, one for each root of the guest, in host memory
 * </pre>
 *
 * <p>An entry is made when a processor faults for want of it: the guest's entry, with the host's frame. It may be written only once the
 * guest's entry is dirty, so that the first store faults and sets D there. A store of the guest to one of its tables traps; what was made
 * from the words stored is forgotten. Walks are as short as without a guest; changes of tables are dear.
 *
 * <p>Units: {@link #traps} counts stores that trapped, {@link #syncs} faults that made an entry.
 *
 * <p>Source: Linux {@code arch/x86/kvm/mmu/paging_tmpl.h:FNAME(page_fault)}, {@code kvm_mmu_track_write}; vMitosis (ASPLOS'21) §3.5.
 */
public final class ShadowTables {
    /** Not used by any kernel's or extended tree. */
    private static final int FIRST_TREE_ID = -2;

    private final PhysicalMemory guestMemory;
    private final EptManager frames;
    private final ReplicatedPageTableOps ops;
    private final TreeReplicator replicator;
    private final Runnable reload;
    private final Map<Long, PageTable> trees = new HashMap<>();
    /** For each guest table that an entry was made through: where it is, so that a store says which addresses it changes. */
    private final Map<Long, Source> sources = new HashMap<>();

    private long traps;
    private long syncs;
    private long copies;

    /** A guest table: the root above it, the first address it maps, and its level. */
    private record Source(long guestRoot, long va, int level) {}

    /**
     * @param reload makes every vCPU load the shadow of its root again, and forget all
     */
    ShadowTables(
            Kernel host, PhysicalMemory guestMemory, EptManager frames, ReplicatedPageTableOps ops, Runnable reload) {
        this.guestMemory = guestMemory;
        this.frames = frames;
        this.ops = ops;
        this.reload = reload;
        FrameAllocator allocator = host.context().frames();
        replicator = new TreeReplicator(
                host.context().topology(), host.context().board().memory(), allocator, KernelMeter.NONE, ops);
    }

    /** Stores to tables of the guest that trapped: with replicas of them in the guest, those to replicas too. */
    public long traps() {
        return traps;
    }

    /** Faults that made an entry. */
    public long syncs() {
        return syncs;
    }

    /** A replica of every shadow table on each node of a mask, those to come included. */
    public void replicate(long nodeMask) {
        copies = nodeMask;
        trees.values().forEach(tree -> replicator.replicate(tree, nodeMask, reload));
    }

    /** Every shadow table on one node; what is made afterwards goes where the vCPU runs. */
    public void move(int node) {
        copies = 0;
        trees.values().forEach(tree -> replicator.move(tree, node, reload));
    }

    /** The root that a processor of a node walks in place of a guest's root. */
    long rootFor(int cpu, int node, long guestRoot, int levels) {
        return ops.rootFor(tree(cpu, node, guestRoot, levels), node);
    }

    private PageTable tree(int cpu, int node, long guestRoot, int levels) {
        PageTable tree = trees.get(guestRoot);
        if (tree == null) {
            tree = new PageTable(FIRST_TREE_ID - trees.size(), levels);
            trees.put(guestRoot, tree);
            tree.setRoot(ops.allocateTable(tree, levels, cpu, node));
            if (copies != 0) {
                replicator.replicate(tree, copies, () -> {});
            }
        }
        return tree;
    }

    /**
     * Makes the entry for an address that a processor could not translate.
     *
     * @return the level of the entry, or 0 when the guest's own table does not allow the access, so that the fault is the guest's
     */
    int sync(int cpu, int node, long guestRoot, int levels, long va, int errorCode) {
        boolean isWrite = (errorCode & TrapHandler.WRITE) != 0;
        long table = guestRoot;
        int level = levels;
        long entry = guestMemory.read(table, PagingLevel.index(va, level));
        sources.put(table, source(guestRoot, va, level));
        while (Pte.isTable(entry, level)) {
            guestMemory.getAndOr(table, PagingLevel.index(va, level), Pte.ACCESSED);
            table = Pte.pfn(entry);
            level--;
            sources.put(table, source(guestRoot, va, level));
            entry = guestMemory.read(table, PagingLevel.index(va, level));
        }
        boolean isAllowed = Pte.isLeaf(entry, level) && Pte.isPresent(entry) && (!isWrite || (entry & Pte.WRITE) != 0);
        if (!isAllowed) {
            return 0;
        }
        long bits = isWrite ? Pte.ACCESSED_DIRTY : Pte.ACCESSED;
        entry = guestMemory.getAndOr(table, PagingLevel.index(va, level), bits) | bits;
        syncs++;
        return install(cpu, node, guestRoot, levels, va, entry, level);
    }

    private static Source source(long guestRoot, long va, int level) {
        long span = 1L << PagingLevel.shift(level) + PagingLevel.INDEX_BITS;
        return new Source(guestRoot, va & -span, level);
    }

    private int install(int cpu, int node, long guestRoot, int levels, long va, long guestEntry, int guestLevel) {
        long inPage = va >>> Frames.PAGE_SHIFT & (1L << PagingLevel.INDEX_BITS * (guestLevel - 1)) - 1;
        long guestFrame = Pte.pfn(guestEntry) + inPage;
        if (!frames.isWritable(guestFrame) && !frames.violation(cpu, guestFrame, true)) {
            throw new KernelException(
                    Errno.ENOMEM, "the host has no page for guest frame 0x" + Long.toHexString(guestFrame));
        }
        long hostFrame = frames.hostFrame(guestFrame);
        boolean isHuge = guestLevel > 1 && frames.isHuge(guestFrame);
        int level = isHuge ? 2 : 1;
        long flags = guestEntry & (Pte.PRESENT | Pte.USER | Pte.NO_EXECUTE);
        if ((guestEntry & Pte.DIRTY) != 0) {
            flags |= guestEntry & Pte.WRITE;
        }
        long first = isHuge ? hostFrame & -PagingLevel.ENTRIES : hostFrame;
        PageTable tree = tree(cpu, node, guestRoot, levels);
        long table = tree.root();
        for (int at = levels; at > level; at--) {
            table = below(cpu, node, tree, table, PagingLevel.index(va, at), at);
        }
        long entry = first << Frames.PAGE_SHIFT | flags | (isHuge ? Pte.HUGE : 0);
        ops.set(cpu, level, table, PagingLevel.index(va, level), entry);
        return level;
    }

    private long below(int cpu, int node, PageTable tree, long table, int index, int level) {
        long entry = ops.peek(table, index);
        if (Pte.isTable(entry, level)) {
            return Pte.pfn(entry);
        }
        long child = ops.allocateTable(tree, level - 1, cpu, node);
        ops.set(cpu, level, table, index, Pte.of(child, Pte.TABLE_FLAGS));
        return child;
    }

    /**
     * The guest stores words of one of its tables: what was made from them is forgotten.
     *
     * @return whether tables went, so that every vCPU must forget the way through them before they are used again
     */
    boolean tableStored(int cpu, long guestTable, int first, int count) {
        traps += count;
        Source source = sources.get(guestTable);
        PageTable tree = source == null ? null : trees.get(source.guestRoot);
        if (source == null || tree == null) {
            return false;
        }
        boolean haveTablesGone = false;
        for (int index = first; index < first + count; index++) {
            haveTablesGone |=
                    forget(cpu, tree, source.va + ((long) index << PagingLevel.shift(source.level)), source.level);
        }
        return haveTablesGone;
    }

    /** Clears what a guest's entry of a level stands for: one entry, the pointer to a table, or an entry of each page below. */
    private boolean forget(int cpu, PageTable tree, long va, int level) {
        long table = tree.root();
        for (int at = tree.levels(); ; at--) {
            int index = PagingLevel.index(va, at);
            long entry = ops.peek(table, index);
            if (entry == Pte.NONE) {
                return false;
            }
            if (at == level || !Pte.isTable(entry, at)) {
                ops.getAndClear(cpu, at, table, index);
                release(cpu, tree, entry, at);
                return Pte.isTable(entry, at);
            }
            table = Pte.pfn(entry);
        }
    }

    /** Empties every shadow table: a page of the host has moved, and entries do not know whose they are. */
    void forgetAll(int cpu) {
        for (PageTable tree : trees.values()) {
            for (int i = 0; i < PagingLevel.ENTRIES; i++) {
                long entry = ops.peek(tree.root(), i);
                if (entry != Pte.NONE) {
                    ops.getAndClear(cpu, tree.levels(), tree.root(), i);
                    release(cpu, tree, entry, tree.levels());
                }
            }
        }
    }

    /** Gives back the tables below an entry that goes. */
    private void release(int cpu, PageTable tree, long entry, int level) {
        if (!Pte.isTable(entry, level)) {
            return;
        }
        long table = Pte.pfn(entry);
        for (int i = 0; i < PagingLevel.ENTRIES; i++) {
            release(cpu, tree, ops.peek(table, i), level - 1);
        }
        ops.freeTable(tree, level - 1, cpu, table);
    }
}
