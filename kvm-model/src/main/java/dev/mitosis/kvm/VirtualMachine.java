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
    private final SimBoard board;
    private final Topology topology;
    private final ArrayMemory memory;
    private final boolean hasEptAccessedDirty;
    private final int[] cpuOfVcpu;
    private final int[] vcpuOfCpu;
    private final EptManager ept;
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

    public EptManager ept() {
        return ept;
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
        board.cpu(cpu).loadGuestRoot(roots[vcpu], levels[vcpu], pcids[vcpu], true);
    }

    private void reloadEpt() {
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
        }

        @Override
        public void tableExchanges(int vcpu, long table, int first, int span, int count) {
            touch(vcpu, table);
        }

        private void touch(int vcpu, long table) {
            if (ept.find(table) == Pte.NONE) {
                ept.violation(cpuOfVcpu[vcpu], table);
            }
        }
    }

    // ---- Processors ----

    @Override
    public void loadRoot(int vcpu, long root, int newLevels, int pcid, boolean flush) {
        roots[vcpu] = root;
        levels[vcpu] = newLevels;
        pcids[vcpu] = pcid;
        cpuOf(vcpu).loadGuestRoot(root, newLevels, pcid, flush);
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
