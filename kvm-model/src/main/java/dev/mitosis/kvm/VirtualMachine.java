package dev.mitosis.kvm;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.halsim.Cpu;
import dev.mitosis.halsim.GuestTraps;
import dev.mitosis.halsim.SimBoard;
import dev.mitosis.mm.FrameAllocator;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.ReplicatedPageTableOps;
import dev.mitosis.replication.Replicator;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A virtual machine on a simulated server: a board for the guest's kernel, whose memory is guest-physical and whose processors are
 * vCPUs on processors of the host.
 *
 * <pre>
 *   guest kernel ── this board ──┬── words of guest tables, by guest frame
 *                                ├── vCPUs on Cpus of the host, which walk both trees
 *                                └── EptManager ── the host's kernel and its frames
 * </pre>
 *
 * <p>The guest's kernel is the same as the host's, unchanged. When it writes a table in a frame that it has not touched yet, the
 * hypervisor maps that frame first; data frames are mapped when a walk ends at one, or by {@link #populate}.
 *
 * <p>Source: vMitosis (ASPLOS'21) §2, §3; Linux {@code arch/x86/kvm/vmx/vmx.c}.
 */
public final class VirtualMachine implements Board, Processors, GuestTraps {
    /** A store that traps, decoded and emulated: an exit of some 1,300 cycles on Skylake (KVM's unit test vmexit) and the emulator. */
    private static final long TRAP_CYCLES = 4000;
    /** A fault that makes a shadow entry: an exit, a walk in software, an entry. */
    private static final long SYNC_CYCLES = 3000;

    private final SimBoard board;
    private final Topology topology;
    private final ArrayMemory memory;
    private final boolean hasEptAccessedDirty;
    private final int[] cpuOfVcpu;
    private final int[] vcpuOfCpu;
    private final GuestTableFrames tableFrames;
    private long hypercalls;
    private final EptManager ept;
    private final @Nullable ShadowTables shadow;
    private final Kernel host;
    private final Task process;
    private final Task[] threads;
    private final Kernel kernel;
    private final Replicator replicator;
    private @Nullable TrapHandler installed;

    /** What each vCPU has in CR3. */
    private final long[] roots;

    private final int[] levels;
    private final int[] pcids;

    /**
     * Boots a guest.
     *
     * @param ops the waist for extended tables, over the host's memory and frames
     */
    public VirtualMachine(SimBoard board, Kernel host, ReplicatedPageTableOps ops, VmSettings settings) {
        this.board = board;
        this.host = host;
        this.topology = settings.topology();
        this.tableFrames = settings.tableFrames();
        this.hasEptAccessedDirty = settings.hasEptAccessedDirty();
        this.memory = new ArrayMemory(topology.nodes(), false);
        this.cpuOfVcpu =
                settings.cpuOfVcpu().stream().mapToInt(Integer::intValue).toArray();
        this.vcpuOfCpu = new int[board.cpus()];
        this.roots = new long[cpuOfVcpu.length];
        this.levels = new int[cpuOfVcpu.length];
        this.pcids = new int[cpuOfVcpu.length];
        this.threads = new Task[cpuOfVcpu.length];
        process = host.spawn(cpuOfVcpu[0]);
        MemorySlots slots = new MemorySlots(host, process, topology, settings.hostNodes());
        ept = new EptManager(host, process, slots, ops, settings.eptLevels(), this::reloadEpt);
        ept.create(cpuOfVcpu[0]);
        shadow = settings.isShadowed() ? new ShadowTables(host, memory, ept, ops, this::reloadShadow) : null;
        for (int vcpu = 0; vcpu < cpuOfVcpu.length; vcpu++) {
            int cpu = cpuOfVcpu[vcpu];
            threads[vcpu] = vcpu == 0 ? process : host.clone(process, cpu);
            roots[vcpu] = NO_ROOT;
            vcpuOfCpu[cpu] = vcpu;
            enter(vcpu);
        }
        FrameAllocator frames = new FrameAllocator(topology, memory);
        ReplicatedPageTableOps guestOps = new ReplicatedPageTableOps(topology, memory, frames, meter());
        kernel = new Kernel(this, frames, guestOps, PageTableEvents.NONE, settings.guest());
        replicator = new Replicator(kernel, guestOps);
    }

    private void enter(int vcpu) {
        Cpu cpu = cpuOf(vcpu);
        if (shadow != null) {
            cpu.enterShadowedGuest(this);
            return;
        }
        cpu.enterGuest(this, memory, hasEptAccessedDirty);
        cpu.loadEpt(ept.rootFor(cpu.node()), ept.tree().levels());
    }

    /** The guest's kernel. */
    public Kernel kernel() {
        return kernel;
    }

    /** Copies and moves of the guest's own page tables. */
    public Replicator replicator() {
        return replicator;
    }

    /** The shadow tables of a machine that has them. */
    public Optional<ShadowTables> shadow() {
        return Optional.ofNullable(shadow);
    }

    public EptManager ept() {
        return ept;
    }

    /**
     * As if programs on all vCPUs had touched the guest's data memory before, in pieces of 2 MiB in the order of a race: each frame is where
     * the vCPU that the seed chooses for its piece runs. Frames come into being when they are needed.
     */
    public void warmUp(long seed) {
        ept.setToucher((guestFrame, cpu) -> {
            if (Frames.isTableFrame(guestFrame) && tableFrames != GuestTableFrames.AS_TOUCHED) {
                return cpu;
            }
            long piece = guestFrame / PagingLevel.ENTRIES;
            long mixed = (piece + seed) * 0x9E37_79B9_7F4A_7C15L;
            return cpuOfVcpu[(int) Math.floorMod(mixed >>> 20, (long) cpuOfVcpu.length)];
        });
    }

    /** Times that the guest has asked the hypervisor for a table's frame on a socket. */
    public long hypercalls() {
        return hypercalls;
    }

    /** The root of a guest's tree that vCPUs on a socket of the host load. */
    long guestRootFor(MmStruct mm, int socket) {
        int guestNode = 0;
        for (int vcpu = cpuOfVcpu.length - 1; vcpu >= 0; vcpu--) {
            guestNode = cpuOf(vcpu).node() == socket ? topology.nodeOfCpu(vcpu) : guestNode;
        }
        return kernel.platform().ops().rootFor(mm.pageTable(), guestNode);
    }

    /** The host processor that a vCPU runs on. */
    public Cpu cpuOf(int vcpu) {
        return board.cpu(cpuOfVcpu[vcpu]);
    }

    /** Maps the frames under a range of a guest's address space in the host, as if a vCPU touched each. */
    public void populate(Task task, long va, long lengthBytes) {
        int cpu = cpuOfVcpu[task.cpu()];
        MmStruct mm = task.mm();
        long runStart = Frames.NO_FRAME;
        long runEnd = Frames.NO_FRAME;
        for (long at = va; at < va + lengthBytes; ) {
            long entry = kernel.translate(mm, at);
            int level = entry != Pte.NONE && (entry & Pte.HUGE) != 0 ? 2 : 1;
            if (entry != Pte.NONE && !Pte.isSpecial(entry)) {
                long frame = Pte.pfn(entry);
                if (frame != runEnd) {
                    populateRun(cpu, runStart, runEnd);
                    runStart = frame;
                }
                runEnd = frame + (level == 1 ? 1 : PagingLevel.ENTRIES);
            }
            at = PagingLevel.nextBoundary(at, level);
        }
        populateRun(cpu, runStart, runEnd);
    }

    private void populateRun(int cpu, long start, long end) {
        if (start != Frames.NO_FRAME) {
            ept.populate(cpu, start, end - start);
        }
    }

    /** The host frame that backs a guest-virtual address by both trees, or {@link Frames#NO_FRAME}. */
    public long hostFrame(MmStruct mm, long va) {
        long entry = kernel.translate(mm, va);
        if (entry == Pte.NONE) {
            return Frames.NO_FRAME;
        }
        long inPage = (entry & Pte.HUGE) == 0 ? 0 : va >>> Frames.PAGE_SHIFT & PagingLevel.ENTRIES - 1;
        return ept.hostFrame(Pte.pfn(entry) + inPage);
    }

    /** Moves the host's page behind a guest frame to another node; the guest does not notice. */
    public void moveHostPage(long guestFrame, int toNode) {
        long va = ept.hostVa(guestFrame);
        host.movePages(process, process.mm(), new long[] {va}, new int[] {toNode}, 0);
        ept.unmap(cpuOfVcpu[0], guestFrame);
        if (shadow != null) {
            shadow.forgetAll(cpuOfVcpu[0]);
        }
        forgetEpt();
    }

    /** Lets a vCPU run on another processor of the host: its thread moves, and it uses the extended table of the new node. */
    public void moveVcpu(int vcpu, int cpu) {
        int from = cpuOfVcpu[vcpu];
        if (from == cpu) {
            return;
        }
        Cpu old = board.cpu(from);
        old.invalidateEpt();
        host.migrate(threads[vcpu], cpu);
        cpuOfVcpu[vcpu] = cpu;
        vcpuOfCpu[cpu] = vcpu;
        enter(vcpu);
        loadGuestRoot(vcpu, true);
    }

    /** Loads what hardware walks for the guest's root. */
    private void loadGuestRoot(int vcpu, boolean flush) {
        Cpu cpu = cpuOf(vcpu);
        ShadowTables tables = shadow;
        boolean isShadowed = tables != null && roots[vcpu] != NO_ROOT;
        long root = isShadowed && tables != null
                ? tables.rootFor(cpu.number(), cpu.node(), roots[vcpu], levels[vcpu])
                : roots[vcpu];
        cpu.loadGuestRoot(root, levels[vcpu], pcids[vcpu], flush);
    }

    /**
     * Live migration to another node of the host: memory and vCPUs move, and the guest does not notice. Its own tables are memory and go
     * along; the extended table stays where it is until it is settled.
     *
     * @param cpus the processor for each vCPU
     */
    public void migrate(int node, List<Integer> cpus) {
        host.migrateData(process.mm(), node);
        for (int vcpu = 0; vcpu < cpuOfVcpu.length; vcpu++) {
            moveVcpu(vcpu, cpus.get(vcpu));
        }
        ept.refresh(cpuOfVcpu[0]);
        forgetEpt();
    }

    private void reloadShadow() {
        for (int vcpu = 0; vcpu < cpuOfVcpu.length; vcpu++) {
            if (roots[vcpu] != NO_ROOT) {
                loadGuestRoot(vcpu, true);
                cpuOf(vcpu).invalidateEpt();
            }
        }
    }

    private void reloadEpt() {
        if (shadow != null) {
            return;
        }
        for (int vcpu = 0; vcpu < cpuOfVcpu.length; vcpu++) {
            Cpu cpu = cpuOf(vcpu);
            cpu.loadEpt(ept.rootFor(cpu.node()), ept.tree().levels());
            cpu.invalidateEpt();
        }
    }

    private void forgetEpt() {
        for (int vcpu = 0; vcpu < cpuOfVcpu.length; vcpu++) {
            cpuOf(vcpu).invalidateEpt();
        }
    }

    // ---- GuestTraps ----

    @Override
    public boolean pageFault(int cpu, long va, int errorCode) {
        TrapHandler handler = installed;
        int vcpu = vcpuOfCpu[cpu];
        ShadowTables tables = shadow;
        if (tables != null && roots[vcpu] != NO_ROOT) {
            board.cpu(cpu).addKernelCycles(SYNC_CYCLES);
            int node = board.cpu(cpu).node();
            if (tables.sync(cpu, node, roots[vcpu], levels[vcpu], va, errorCode)) {
                return true;
            }
        }
        return handler != null && handler.pageFault(vcpuOfCpu[cpu], va, errorCode);
    }

    @Override
    public boolean eptViolation(int cpu, long guestFrame, boolean isWrite) {
        return ept.violation(cpu, guestFrame);
    }

    // ---- Board ----

    @Override
    public Topology topology() {
        return topology;
    }

    @Override
    public PhysicalMemory memory() {
        return memory;
    }

    @Override
    public Processors processors() {
        return this;
    }

    @Override
    public KernelMeter meter() {
        return new FirstTouch();
    }

    @Override
    public void install(TrapHandler handler) {
        installed = handler;
    }

    /** Hears which tables the guest's kernel writes, and has their frames mapped by the vCPU that does. */
    private final class FirstTouch implements KernelMeter {
        @Override
        public void tableStores(int vcpu, long table, int first, int count) {
            touch(vcpu, table);
            trap(vcpu, table, first, count);
        }

        @Override
        public void tableExchanges(int vcpu, long table, int first, int span, int count) {
            touch(vcpu, table);
            trap(vcpu, table, first, span);
        }

        @Override
        public void tableCopied(int vcpu, long from, long to) {
            touch(vcpu, to);
        }

        private void touch(int vcpu, long table) {
            if (ept.find(table) == Pte.NONE) {
                back(vcpu, table);
            }
        }

        private void trap(int vcpu, long table, int first, int count) {
            if (shadow != null) {
                Cpu cpu = cpuOf(vcpu);
                cpu.addKernelCycles((long) count * TRAP_CYCLES);
                if (shadow.tableStored(cpu.number(), table, first, count)) {
                    forgetEpt();
                }
            }
        }

        private void back(int vcpu, long table) {
            int group = Frames.nodeOf(table);
            switch (tableFrames) {
                case AS_TOUCHED -> ept.violation(cpuOfVcpu[vcpu], table);
                case GROUP_TOUCHES -> ept.violation(cpuOf(firstOf(group)).number(), table);
                case HYPERCALL -> {
                    hypercalls++;
                    // Nothing has touched the frame: the hypervisor backs it where it is asked to, and need not
                    // exchange it.
                    ept.violation(cpuOf(firstOf(group)).number(), table);
                }
            }
        }

        /** The processor that stands for a group. */
        private int firstOf(int group) {
            for (int vcpu = 0; vcpu < cpuOfVcpu.length; vcpu++) {
                if (topology.nodeOfCpu(vcpu) == group) {
                    return vcpu;
                }
            }
            return 0;
        }
    }

    // ---- Processors ----

    @Override
    public void loadRoot(int vcpu, long root, int newLevels, int pcid, boolean flush) {
        roots[vcpu] = root;
        levels[vcpu] = newLevels;
        pcids[vcpu] = pcid;
        loadGuestRoot(vcpu, flush);
    }

    @Override
    public void invalidateRange(int vcpu, int pcid, long startVa, long endVa, boolean tables) {
        cpuOf(vcpu).invalidateRange(pcid, startVa, endVa);
    }

    @Override
    public void invalidateAll(int vcpu, int pcid) {
        cpuOf(vcpu).invalidateAll(pcid);
    }
}
