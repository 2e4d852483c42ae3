package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.mm.Errno;
import dev.mitosis.mm.FrameAllocator;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.KernelException;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.proc.PageTableDump;
import dev.mitosis.replication.ReplicatedPageTableOps;
import dev.mitosis.replication.TreeReplicator;
import dev.mitosis.x86.Ept;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.io.IOException;

/**
 * The hypervisor's side of memory: it fills the extended page table from the address space of the virtual machine's process, when the
 * guest first touches a frame.
 *
 * <p>The process's page is faulted in as the thread of the vCPU that touched: so first touch, memory policy and huge pages of the host
 * decide where it is. A new extended table goes to the node of the processor that the vCPU runs on, or to a node that
 * {@link #setTableNode} names, and to every node of its copies.
 *
 * <p>Source: Linux {@code arch/x86/kvm/mmu/mmu.c:direct_page_fault}; vMitosis (ASPLOS'21) §3.3 for copies and migration.
 */
public final class EptManager {
    private static final int NOWHERE = -1;
    /** No address space of a kernel has this number, so that the tree has its own placement. */
    private static final int TREE_ID = -1;

    private static final int HUGE_LEVEL = 2;

    private final Kernel host;
    private final Task process;
    private final MemorySlots slots;
    private final Topology topology;
    private final ReplicatedPageTableOps ops;
    private final TreeReplicator replicator;
    private final PhysicalMemory memory;
    private final PageTable tree;
    private final Runnable reload;
    private final FrameAllocator frames;
    private Toucher toucher = (guestFrame, cpu) -> cpu;
    private int tableNode = NOWHERE;
    private long violations;

    /**
     * @param process the virtual machine's process in the host
     * @param ops the waist for extended tables, over the host's memory and frames
     * @param reload makes every vCPU load the root of its node again, and forget all
     */
    EptManager(Kernel host, Task process, MemorySlots slots, ReplicatedPageTableOps ops, int levels, Runnable reload) {
        this.host = host;
        this.process = process;
        this.slots = slots;
        this.ops = ops;
        this.reload = reload;
        this.topology = host.platform().topology();
        this.memory = host.platform().board().memory();
        this.frames = host.platform().frames();
        this.replicator = new TreeReplicator(topology, memory, frames, KernelMeter.NONE, ops);
        this.tree = new PageTable(TREE_ID, levels);
    }

    PageTable tree() {
        return tree;
    }

    /** The root that a vCPU on a processor of a node uses. */
    long rootFor(int node) {
        return ops.rootFor(tree, node);
    }

    /** New tables go to this node, whoever touches; for the study of remote tables. */
    public void setTableNode(int node) {
        tableNode = node;
    }

    /** Chooses the processor that has first touched a frame, which a processor needs now. */
    interface Toucher {
        int touched(long guestFrame, int cpu);
    }

    void setToucher(Toucher chooser) {
        toucher = chooser;
    }

    /** Frames mapped so far, huge ones as one. */
    public long violations() {
        return violations;
    }

    /** A copy of the extended table on each node of a mask. */
    public void replicate(long nodeMask) {
        replicator.replicate(tree, nodeMask, reload);
    }

    /** One copy again. */
    public void collapse() {
        replicator.collapse(tree, reload);
    }

    /** The extended table on one node. */
    public void move(int node) {
        replicator.move(tree, node, reload);
    }

    /**
     * Moves tables that are not where most of their children are, one by one; a tree with copies has none to move.
     *
     * @return how many moved
     */
    public int settle() {
        return hasCopies() ? 0 : new EptMigrator(tree, memory, frames, topology, reload).settle();
    }

    public boolean hasCopies() {
        return ops.placement(tree).nodeMask() != 0;
    }

    /** Nodes of the host. */
    public int hostNodes() {
        return topology.nodes();
    }

    /** The table whose entry maps a guest frame, as processors of a node walk; {@link Frames#NO_FRAME} when none does. */
    long leafTable(int node, long guestFrame) {
        long gpa = guestFrame << Frames.PAGE_SHIFT;
        long table = rootFor(node);
        for (int level = tree.levels(); ; level--) {
            long entry = memory.read(table, PagingLevel.index(gpa, level));
            if (!Ept.isTable(entry, level)) {
                return Ept.isPresent(entry) ? table : Frames.NO_FRAME;
            }
            table = Ept.pfn(entry);
        }
    }

    /** Writes the tree that processors of a node walk, in the layout of {@link PageTableDump}. */
    public void dump(int node, Appendable out) throws IOException {
        PageTableDump.write(memory, topology, new Entries(), rootFor(node), tree.levels(), process.tid(), 0, out);
    }

    private static final class Entries implements PageTableDump.Entries {
        @Override
        public boolean isMapped(long entry) {
            return Ept.isPresent(entry);
        }

        @Override
        public boolean isPresent(long entry) {
            return Ept.isPresent(entry);
        }

        @Override
        public boolean isTable(long entry, int level) {
            return Ept.isTable(entry, level);
        }

        @Override
        public boolean isExecutable(long entry) {
            return (entry & Ept.EXECUTE) != 0;
        }
    }

    /** Makes the root, on the node of a processor. */
    void create(int cpu) {
        tree.setRoot(newTable(cpu, tree.levels()));
    }

    /**
     * Maps the guest frame that the vCPU on a host processor touched.
     *
     * @return false when the virtual machine has no such memory, or the host none to give
     */
    boolean violation(int byCpu, long guestFrame) {
        int cpu = toucher.touched(guestFrame, byCpu);
        long hostVa = slots.hostVa(guestFrame);
        if (hostVa < 0) {
            return false;
        }
        violations++;
        long entry = host.translate(process.mm(), hostVa);
        // A page of one's own: what backs a guest is written in the end, so the zero page would only be in the way.
        if (entry == Pte.NONE || Pte.isSpecial(entry) || (entry & Pte.WRITE) == 0) {
            if (!host.pageFault(cpu, hostVa, TrapHandler.WRITE | (entry == Pte.NONE ? 0 : TrapHandler.PRESENT))) {
                return false;
            }
            entry = host.translate(process.mm(), hostVa);
        }
        boolean isHuge = (entry & Pte.HUGE) != 0;
        install(cpu, guestFrame, Pte.pfn(entry), isHuge ? HUGE_LEVEL : 1);
        return true;
    }

    private void install(int cpu, long guestFrame, long pfn, int level) {
        long gpa = guestFrame << Frames.PAGE_SHIFT;
        long table = tree.root();
        for (int at = tree.levels(); at > level; at--) {
            table = below(cpu, table, PagingLevel.index(gpa, at), at);
        }
        ops.set(cpu, level, table, PagingLevel.index(gpa, level), Ept.leaf(pfn, level));
    }

    private long below(int cpu, long table, int index, int level) {
        long entry = ops.peek(table, index);
        if (Ept.isTable(entry, level)) {
            return Ept.pfn(entry);
        }
        long child = newTable(cpu, level - 1);
        ops.set(cpu, level, table, index, Ept.table(child));
        return child;
    }

    private long newTable(int cpu, int level) {
        int node = tableNode == NOWHERE ? topology.nodeOfCpu(cpu) : tableNode;
        long table = ops.allocateTable(tree, level, cpu, node);
        if (table == Frames.NO_FRAME) {
            throw new KernelException(Errno.ENOMEM, "the host has no frame for an extended page table");
        }
        return table;
    }

    /** Maps a run of guest frames, as if the vCPU on a processor touched each in turn; much faster than that. */
    void populate(int cpu, long guestFrame, long count) {
        long end = guestFrame + count;
        long[] entries = new long[PagingLevel.ENTRIES];
        for (long frame = guestFrame; frame < end; ) {
            long stop = Math.min(end, (frame | PagingLevel.ENTRIES - 1) + 1);
            populateTable(cpu, frame, (int) (stop - frame), entries);
            frame = stop;
        }
    }

    /** The part of a run under one leaf table. */
    private void populateTable(int byCpu, long guestFrame, int count, long[] entries) {
        int cpu = toucher.touched(guestFrame, byCpu);
        long existing = find(guestFrame);
        if (existing != Pte.NONE && (existing & Ept.HUGE) != 0) {
            return;
        }
        long hostVa = slots.hostVa(guestFrame);
        Task toucher = host.current(cpu);
        if (toucher == null || hostVa < 0) {
            throw new IllegalStateException(
                    "no vCPU runs on processor " + cpu + ", or no memory at frame " + guestFrame);
        }
        host.populate(toucher, hostVa, (long) count << Frames.PAGE_SHIFT, true);
        long first = host.translate(process.mm(), hostVa);
        if ((first & Pte.HUGE) != 0) {
            install(cpu, guestFrame, Pte.pfn(first), HUGE_LEVEL);
            violations++;
            return;
        }
        for (int i = 0; i < count; i++) {
            long entry = host.translate(process.mm(), hostVa + ((long) i << Frames.PAGE_SHIFT));
            entries[i] = Ept.leaf(Pte.pfn(entry), 1);
        }
        long gpa = guestFrame << Frames.PAGE_SHIFT;
        long table = tree.root();
        for (int at = tree.levels(); at > 1; at--) {
            table = below(cpu, table, PagingLevel.index(gpa, at), at);
        }
        ops.setLeaves(cpu, 1, table, PagingLevel.index(gpa, 1), count, entries, 0);
        violations += count;
    }

    /** The leaf entry of a guest frame in the kernel's copy, {@link Pte#NONE} when there is none. */
    long find(long guestFrame) {
        long gpa = guestFrame << Frames.PAGE_SHIFT;
        long table = tree.root();
        for (int level = tree.levels(); ; level--) {
            long entry = ops.peek(table, PagingLevel.index(gpa, level));
            if (!Ept.isTable(entry, level)) {
                return Ept.isPresent(entry) ? entry : Pte.NONE;
            }
            table = Ept.pfn(entry);
        }
    }

    /** The host frame of a guest frame, or {@link Frames#NO_FRAME}. */
    public long hostFrame(long guestFrame) {
        long entry = find(guestFrame);
        if (entry == Pte.NONE) {
            return Frames.NO_FRAME;
        }
        return Ept.pfn(entry) + ((entry & Ept.HUGE) == 0 ? 0 : guestFrame & PagingLevel.ENTRIES - 1);
    }

    /** Says whether a guest frame lies in a huge page of the host. */
    boolean isHuge(long guestFrame) {
        return (find(guestFrame) & Ept.HUGE) != 0;
    }

    /** The address of a guest frame in the process, or -1. */
    long hostVa(long guestFrame) {
        return slots.hostVa(guestFrame);
    }

    /** Brings every entry up to date with where the host's pages are now. */
    void refresh(int cpu) {
        refresh(cpu, tree.root(), tree.levels(), 0);
    }

    private void refresh(int cpu, long table, int level, long firstGpa) {
        for (int i = 0; i < PagingLevel.ENTRIES; i++) {
            long gpa = firstGpa + ((long) i << PagingLevel.shift(level));
            long entry = ops.peek(table, i);
            if (Ept.isTable(entry, level)) {
                refresh(cpu, Ept.pfn(entry), level - 1, gpa);
            } else if (Ept.isPresent(entry)) {
                long hostVa = slots.hostVa(gpa >>> Frames.PAGE_SHIFT);
                long page = host.translate(process.mm(), hostVa);
                boolean isAsLarge = page != Pte.NONE && (page & Pte.HUGE) != 0 == level > 1;
                if (isAsLarge) {
                    ops.set(cpu, level, table, i, Ept.leaf(Pte.pfn(page), level));
                } else {
                    // Mapped again, in the size that the host has now, when it is touched.
                    ops.getAndClear(cpu, level, table, i);
                }
            }
        }
    }

    /** Forgets the translation of a guest frame whose page in the host moves or goes; vCPUs must forget it too. */
    void unmap(int cpu, long guestFrame) {
        long gpa = guestFrame << Frames.PAGE_SHIFT;
        long table = tree.root();
        for (int level = tree.levels(); ; level--) {
            int index = PagingLevel.index(gpa, level);
            long entry = ops.peek(table, index);
            if (!Ept.isTable(entry, level)) {
                ops.getAndClear(cpu, level, table, index);
                return;
            }
            table = Ept.pfn(entry);
        }
    }
}
