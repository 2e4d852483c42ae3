package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.proc.PageTableDump;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.fault.FaultOutcome;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.range.LeafEntries;
import dev.mitosis.replication.ExtendedTree;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.reshape.TreeReplicator;
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
 * {@link #setTableNode} names, and to every node of its replicas.
 *
 * <p>Source: Linux {@code arch/x86/kvm/mmu/mmu.c:direct_page_fault}; vMitosis (ASPLOS'21) §3.3 for replicas and migration.
 */
public final class EptManager implements ExtendedTree {
    /** No node in particular: a table goes to that of the vCPU that needs it. */
    static final int NOWHERE = -1;
    /** Entries of one leaf table of the host, read and used at once. */
    private final long[] hostEntries = new long[PagingLevel.ENTRIES];

    /** No address space of a kernel has this number, so that the tree has its own placement. */
    private static final int TREE_ID = -1;

    private static final int HUGE_LEVEL = 2;
    private static final int FAULTS_AT_MOST = 4;

    private final Kernel host;
    private final Task process;
    private final MemorySlots slots;
    private final Topology topology;
    private final ReplicatedPageTableOps ops;
    private final TreeReplicator replicator;
    private final PhysicalMemory memory;
    private final PageTable tree;
    private final Runnable reload;
    private final Threads threads;
    private final FrameAllocator frames;
    private PriorFirstTouch prior = PriorFirstTouch.NONE;
    private long priorSeed;
    private int[] cpuOfVcpu = {};
    private int tableNode = NOWHERE;
    private long violations;

    /**
     * @param process the virtual machine's process in the host
     * @param ops the waist for extended tables, over the host's memory and frames
     * @param reload makes every vCPU load the root of its node again, and forget all
     * @param threads as whom pages are touched
     */
    EptManager(
            Kernel host,
            Task process,
            MemorySlots slots,
            ReplicatedPageTableOps ops,
            int levels,
            Runnable reload,
            Threads threads) {
        this.host = host;
        this.threads = threads;
        this.process = process;
        this.slots = slots;
        this.ops = ops;
        this.reload = reload;
        this.topology = host.context().topology();
        this.memory = host.context().board().memory();
        this.frames = host.context().frames();
        this.replicator = new TreeReplicator(topology, memory, frames, KernelMeter.NONE, ops);
        this.tree = new PageTable(TREE_ID, levels);
    }

    PageTable tree() {
        return tree;
    }

    /** The root that a vCPU on a processor of a node uses. */
    public long rootFor(int node) {
        return ops.rootFor(tree, node);
    }

    /** New tables go to this node and no other, whoever touches; for the study of remote tables. */
    public void setTableNode(int node) {
        tableNode = node;
    }

    /** The thread of the vCPU that a processor runs, or ran last. */
    interface Threads {
        Task on(int cpu);
    }

    /**
     * Says who touched memory before.
     *
     * @param cpus where each vCPU runs; its owner changes it when one moves
     */
    void setPriorFirstTouch(PriorFirstTouch past, long seed, int[] cpus) {
        prior = past;
        priorSeed = seed;
        cpuOfVcpu = cpus;
    }

    private int firstToucher(long guestFrame, int byCpu) {
        return prior.cpu(guestFrame, byCpu, priorSeed, cpuOfVcpu);
    }

    /** EPT violations so far: of walks, and of stores of the guest's kernel to tables whose frames were not mapped. */
    public long violations() {
        return violations;
    }

    @Override
    public long allNodes() {
        return topology.allNodes();
    }

    @Override
    public int hostNode(int guestNode) {
        return slots.hostNode(guestNode);
    }

    @Override
    public void replicate(long nodeMask) {
        replicator.replicate(tree, nodeMask, reload);
    }

    /** One tree again: each table stays on the node of its home. */
    public void collapse() {
        replicator.collapse(tree, reload);
    }

    @Override
    public void move(int node) {
        replicator.move(tree, node, reload);
    }

    /** {@link #migrateMisplaced(long)} to any node. */
    public int migrateMisplaced() {
        return migrateMisplaced(topology.allNodes());
    }

    @Override
    public int migrateMisplaced(long nodeMask) {
        return isReplicated() ? 0 : new EptMigrator(tree, memory, frames, nodeMask, reload).migrate();
    }

    public boolean isReplicated() {
        return ops.placement(tree).nodeMask() != 0;
    }

    /** Nodes of the host. */
    public int hostNodes() {
        return topology.nodes();
    }

    /** The table whose entry maps a guest frame, as processors of a node walk; {@link Frames#NO_FRAME} when none does. */
    public long leafTable(int node, long guestFrame) {
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
     * Maps the guest frame that the vCPU on a host processor touched: as the host's page is, so a page that the host shares is mapped to be
     * read until someone writes.
     *
     * @return false when the virtual machine has no such memory, or the host none to give
     */
    boolean violation(int byCpu, long guestFrame, boolean isWrite) {
        violations++;
        int cpu = firstToucher(guestFrame, byCpu);
        long hostVa = slots.hostVa(guestFrame);
        if (hostVa < 0) {
            return false;
        }
        long entry = host.translate(process.mm(), hostVa);
        // A page that balancing has hidden, or that was swapped out, can take two faults. What backs a guest is written
        // in the
        // end, so the zero page would only be in the way.
        for (int faults = 0; !isUsable(entry) || isWrite && (entry & Pte.WRITE) == 0; faults++) {
            if (faults == FAULTS_AT_MOST
                    || host.fault(
                                    threads.on(cpu),
                                    hostVa,
                                    TrapHandler.WRITE | (Pte.isPresent(entry) ? TrapHandler.PRESENT : 0))
                            != FaultOutcome.HANDLED) {
                return false;
            }
            entry = host.translate(process.mm(), hostVa);
        }
        install(cpu, guestFrame, entry);
        return true;
    }

    /** Says whether an entry of the host is a page that a guest may have. */
    private static boolean isUsable(long entry) {
        return Pte.isPresent(entry) && !Pte.isSpecial(entry);
    }

    private static long leafFor(long hostEntry, int level) {
        return Ept.leaf(Pte.pfn(hostEntry), level, (hostEntry & Pte.WRITE) != 0);
    }

    private void install(int cpu, long guestFrame, long hostEntry) {
        int level = (hostEntry & Pte.HUGE) != 0 ? HUGE_LEVEL : 1;
        long gpa = guestFrame << Frames.PAGE_SHIFT;
        long table = tree.root();
        for (int at = tree.levels(); at > level; at--) {
            table = below(cpu, table, PagingLevel.index(gpa, at), at);
        }
        int index = PagingLevel.index(gpa, level);
        long old = ops.peek(table, index);
        if (Ept.isTable(old, level)) {
            // The host has collapsed base pages, whose entries went then; walk caches still know the empty table.
            ops.getAndClear(cpu, level, table, index);
            reload.run();
            ops.freeTable(tree, level - 1, cpu, Ept.pfn(old));
        }
        ops.set(cpu, level, table, index, leafFor(hostEntry, level));
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

    /** A table on the node of the vCPU that needs it, or the nearest that has one. Source: Linux arch/x86/kvm/mmu/mmu.c:mmu_topup_memory_caches. */
    private long newTable(int cpu, int level) {
        int node = tableNode == NOWHERE ? topology.nodeOfCpu(cpu) : tableNode;
        long table = ops.allocateTable(tree, level, cpu, node);
        long others = tableNode == NOWHERE ? topology.allNodes() & ~(1L << node) : 0;
        while (table == Frames.NO_FRAME && others != 0) {
            int next = topology.nearestNode(node, others);
            table = ops.allocateTable(tree, level, cpu, next);
            others &= ~(1L << next);
        }
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
        int cpu = firstToucher(guestFrame, byCpu);
        long existing = find(guestFrame);
        if (existing != Pte.NONE && (existing & Ept.HUGE) != 0) {
            return;
        }
        long hostVa = slots.hostVa(guestFrame);
        if (hostVa < 0) {
            throw new IllegalStateException("no memory at guest frame " + Long.toHexString(guestFrame));
        }
        host.populate(threads.on(cpu), hostVa, (long) count << Frames.PAGE_SHIFT, true);
        int read = 0;
        while (read < count) {
            long at = hostVa + ((long) read << Frames.PAGE_SHIFT);
            int some = LeafEntries.read(host.context(), process.mm(), at, hostEntries);
            if (read == 0 && (hostEntries[0] & Pte.HUGE) != 0) {
                install(cpu, guestFrame, hostEntries[0]);
                return;
            }
            for (int i = 0; i < some && read < count; i++) {
                entries[read++] = isUsable(hostEntries[i]) ? leafFor(hostEntries[i], 1) : Pte.NONE;
            }
        }
        long gpa = guestFrame << Frames.PAGE_SHIFT;
        long table = tree.root();
        for (int at = tree.levels(); at > 1; at--) {
            table = below(cpu, table, PagingLevel.index(gpa, at), at);
        }
        ops.setLeaves(cpu, 1, table, PagingLevel.index(gpa, 1), count, entries, 0);
    }

    /** The leaf entry of a guest frame in the kernel's replica, {@link Pte#NONE} when there is none. */
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

    /** The leaf entry of a guest frame as the hypervisor must see it, A and D of every replica gathered; {@link Pte#NONE} when there is none. */
    public long entry(long guestFrame) {
        long gpa = guestFrame << Frames.PAGE_SHIFT;
        long table = tree.root();
        for (int level = tree.levels(); ; level--) {
            int index = PagingLevel.index(gpa, level);
            long entry = ops.peek(table, index);
            if (!Ept.isTable(entry, level)) {
                return gathered(table, index);
            }
            table = Ept.pfn(entry);
        }
    }

    private long gathered(long table, int index) {
        long entry = memory.read(table, index);
        for (long copy = ops.rings().next(table);
                copy != table;
                copy = ops.rings().next(copy)) {
            entry |= memory.read(copy, index) & Ept.ACCESSED_DIRTY;
        }
        return entry;
    }

    /** The host frame of a guest frame, or {@link Frames#NO_FRAME}. */
    public long hostFrame(long guestFrame) {
        long entry = find(guestFrame);
        if (entry == Pte.NONE) {
            return Frames.NO_FRAME;
        }
        return Ept.pfn(entry) + ((entry & Ept.HUGE) == 0 ? 0 : guestFrame & PagingLevel.ENTRIES - 1);
    }

    /** Says whether a guest frame is mapped, and the guest may write it. */
    boolean isWritable(long guestFrame) {
        return (find(guestFrame) & Ept.WRITE) != 0;
    }

    /** Says whether a guest frame lies in a huge page of the host. */
    boolean isHuge(long guestFrame) {
        return (find(guestFrame) & Ept.HUGE) != 0;
    }

    /** The address of a guest frame in the process, or -1. */
    long hostVa(long guestFrame) {
        return slots.hostVa(guestFrame);
    }

    /** Maps again what the host has behind the frames of every extended table, as one violation after the other would. */
    void refresh(int cpu) {
        refresh(cpu, tree.root(), tree.levels(), 0);
    }

    private void refresh(int cpu, long table, int level, long firstGpa) {
        if (level == 1) {
            refreshLeaves(cpu, table, firstGpa >>> Frames.PAGE_SHIFT);
            return;
        }
        for (int i = 0; i < PagingLevel.ENTRIES; i++) {
            long gpa = firstGpa + ((long) i << PagingLevel.shift(level));
            long entry = ops.peek(table, i);
            if (Ept.isTable(entry, level)) {
                refresh(cpu, Ept.pfn(entry), level - 1, gpa);
            } else if (level == HUGE_LEVEL) {
                long hostVa = slots.hostVa(gpa >>> Frames.PAGE_SHIFT);
                long page = hostVa < 0 ? Pte.NONE : host.translate(process.mm(), hostVa);
                if (isUsable(page) && (page & Pte.HUGE) != 0) {
                    ops.set(cpu, level, table, i, leafFor(page, level));
                }
            }
        }
    }

    private void refreshLeaves(int cpu, long table, long guestFrame) {
        long hostVa = slots.hostVa(guestFrame);
        int count = hostVa < 0 ? 0 : LeafEntries.read(host.context(), process.mm(), hostVa, hostEntries);
        for (int i = 0; i < count; i++) {
            long page = hostEntries[i];
            hostEntries[i] = isUsable(page) && (page & Pte.HUGE) == 0 ? leafFor(page, 1) : Pte.NONE;
        }
        if (count > 0) {
            ops.setLeaves(cpu, 1, table, 0, count, hostEntries, 0);
        }
    }

    /**
     * Forgets what was made from a range of the process's addresses, which the host has changed; tables stay.
     *
     * @return whether there was anything, so that vCPUs must forget it too
     */
    boolean invalidate(int cpu, long startVa, long endVa) {
        boolean hasChanged = false;
        for (int slot = 0; slot < slots.count(); slot++) {
            long first = slots.firstFrame(slot, startVa);
            long end = slots.endFrame(slot, endVa);
            if (first < end) {
                hasChanged |=
                        clear(cpu, tree.root(), tree.levels(), 0, first << Frames.PAGE_SHIFT, end << Frames.PAGE_SHIFT);
            }
        }
        return hasChanged;
    }

    private boolean clear(int cpu, long table, int level, long firstGpa, long startGpa, long endGpa) {
        boolean hasChanged = false;
        int shift = PagingLevel.shift(level);
        int from = (int) Math.max(0, startGpa - firstGpa >> shift);
        int to = (int) Math.min(PagingLevel.ENTRIES - 1, endGpa - 1 - firstGpa >> shift);
        for (int i = from; i <= to; i++) {
            long entry = ops.peek(table, i);
            if (Ept.isTable(entry, level)) {
                long gpa = firstGpa + ((long) i << shift);
                hasChanged |= clear(cpu, Ept.pfn(entry), level - 1, gpa, startGpa, endGpa);
            } else if (Ept.isPresent(entry)) {
                ops.getAndClear(cpu, level, table, i);
                hasChanged = true;
            }
        }
        return hasChanged;
    }
}
