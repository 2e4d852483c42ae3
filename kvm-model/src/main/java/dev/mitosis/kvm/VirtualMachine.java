package dev.mitosis.kvm;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.cpu.GuestTraps;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.sched.CpuSet;
import dev.mitosis.kernel.sched.Scheduler;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
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
    private static final int NO_VCPU = -1;

    private final SimBoard board;
    private final Topology topology;
    private final ArrayMemory memory;
    private final boolean hasEptAccessedDirty;
    /** Where each vCPU runs, or ran last. */
    private final int[] cpuOfVcpu;
    /** The vCPU that a processor of the host runs, or ran last; -1 for none. */
    private final int[] vcpuOfCpu;
    /** The node of the guest whose tables each vCPU uses. */
    private final int[] groupOfVcpu;

    private final List<Integer> hostNodes;
    private final GuestTableFrames tableFrames;
    private final GuestKernelWork meter;
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
        Arrays.fill(vcpuOfCpu, NO_VCPU);
        this.groupOfVcpu =
                IntStream.range(0, cpuOfVcpu.length).map(topology::nodeOfCpu).toArray();
        this.hostNodes = settings.hostNodes();
        this.roots = new long[cpuOfVcpu.length];
        this.levels = new int[cpuOfVcpu.length];
        this.pcids = new int[cpuOfVcpu.length];
        this.threads = new Task[cpuOfVcpu.length];
        process = host.spawn(cpuOfVcpu[0]);
        MemorySlots slots = new MemorySlots(host, process, topology, settings.hostNodes());
        ept = new EptManager(
                host,
                process,
                slots,
                ops,
                settings.eptLevels(),
                this::reloadEpt,
                cpu -> vcpuOfCpu[cpu] == NO_VCPU ? process : threads[vcpuOfCpu[cpu]]);
        ept.create(cpuOfVcpu[0]);
        shadow = settings.isShadowed() ? new ShadowTables(host, memory, ept, ops, this::reloadShadow) : null;
        for (int vcpu = 0; vcpu < cpuOfVcpu.length; vcpu++) {
            int cpu = cpuOfVcpu[vcpu];
            threads[vcpu] = vcpu == 0 ? process : host.clone(process, cpu);
            roots[vcpu] = NO_ROOT;
            vcpuOfCpu[cpu] = vcpu;
            enter(vcpu);
        }
        host.listen(new VcpuThreads());
        process.mm().setNotifier(this::hostChanged);
        meter = new GuestKernelWork(this, ept, board.meter(), shadow, tableFrames);
        FrameAllocator frames = new FrameAllocator(topology, memory);
        ReplicatedPageTableOps guestOps = new ReplicatedPageTableOps(topology, memory, frames, meter);
        kernel = new Kernel(this, frames, guestOps, PageTableEvents.NONE, settings.guest());
        replicator = new Replicator(kernel, guestOps);
    }

    /** The host has changed a range of the process's memory: what was made from it must go. */
    private void hostChanged(int cpu, long startVa, long endVa) {
        if (ept.invalidate(cpu, startVa, endVa)) {
            if (shadow != null) {
                shadow.forgetAll(cpu);
            }
            forgetEpt();
        }
    }

    private void enter(int vcpu) {
        Cpu cpu = cpuOf(vcpu);
        if (shadow != null) {
            cpu.enterShadowedGuest(this);
            cpu.invalidateEpt();
            return;
        }
        cpu.enterGuest(this, memory, hasEptAccessedDirty);
        cpu.loadEpt(ept.rootFor(cpu.node()), ept.tree().levels());
    }

    /** The guest's kernel. */
    public Kernel kernel() {
        return kernel;
    }

    /** Replicas and moves of the guest's own page tables. */
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
     * Gives the guest a past: its memory is backed where earlier programs first touched it. Frames are still allocated when they are needed.
     *
     * <p>Where the frames of guest tables are not placed by first touch, the past of tables is ignored.
     *
     * @param seed chooses the vCPUs that touched first
     */
    public void warmUp(PriorFirstTouch past, long seed) {
        boolean areTouched = tableFrames == GuestTableFrames.AS_TOUCHED;
        ept.setPriorFirstTouch(areTouched ? past : past.ofData(), seed, cpuOfVcpu);
    }

    /** Sets frames for tables aside on each of the guest's nodes; a group's come to be on its socket now, in its page cache. */
    public void reserveTables(int tables) {
        for (int node = 0; node < topology.nodes(); node++) {
            replicator.reserve(node, tables);
            meter.fillCache(kernel.context().frames(), node);
        }
    }

    /** Times that the guest has asked the hypervisor: for a table's frame on a socket, or where a vCPU is. */
    public long hypercalls() {
        return hypercalls;
    }

    /** A call to the hypervisor by a vCPU. */
    void hypercall(int vcpu) {
        hypercalls++;
        addCycles(vcpu, ExitCosts.EXIT_CYCLES);
    }

    /** Work that is not the program's, on the processor of a vCPU. */
    void addCycles(int vcpu, long cycles) {
        cpuOf(vcpu).addKernelCycles(cycles);
    }

    /** The node of the host that memory of a guest's node is on, as far as anyone knows: where it is preferred, or the vCPU's own. */
    int hostNodeOf(int vcpu, int guestNode) {
        return hostNodes.isEmpty() ? cpuOf(vcpu).node() : hostNodes.get(guestNode);
    }

    // ---- groups of vCPUs ----

    /** The node of the guest whose replicas of tables each vCPU uses: its group. */
    public List<Integer> groups() {
        return IntStream.of(groupOfVcpu).boxed().toList();
    }

    /** NO-P: asks the hypervisor for the socket that a vCPU is on. */
    public int askSocket(int vcpu) {
        hypercall(vcpu);
        return cpuOf(vcpu).node();
    }

    /**
     * Puts vCPUs into other groups, because they are not where they were: they use the replicas of these, and stand for them when frames are
     * to be touched.
     *
     * @param groups a node of the guest for each vCPU
     */
    public void regroup(List<Integer> groups) {
        replicator.assign(groups);
        Arrays.setAll(groupOfVcpu, groups::get);
    }

    /** The processor that stands for a group: that of its last vCPU, or of the first of all when it has none. */
    int cpuOfGroup(int group) {
        return cpuOfVcpu[vcpuOfGroup(group)];
    }

    int vcpuOfGroup(int group) {
        int vcpu = groupOfVcpu.length - 1;
        while (vcpu > 0 && groupOfVcpu[vcpu] != group) {
            vcpu--;
        }
        return vcpu;
    }

    /** The root of a guest's tree that vCPUs on a socket of the host load. */
    long guestRootFor(MmStruct mm, int socket) {
        int guestNode = 0;
        for (int vcpu = cpuOfVcpu.length - 1; vcpu >= 0; vcpu--) {
            guestNode = cpuOf(vcpu).node() == socket ? groupOfVcpu[vcpu] : guestNode;
        }
        return kernel.context().ops().rootFor(mm.pageTable(), guestNode);
    }

    /** The host processor that a vCPU runs on, or ran on last. */
    public Cpu cpuOf(int vcpu) {
        return board.cpu(cpuOfVcpu[vcpu]);
    }

    /** Maps the frames under a range of a guest's address space in the host, and in its shadow, as if a vCPU touched each. */
    public void populate(Task task, long va, long lengthBytes) {
        int vcpu = task.cpu();
        Cpu cpu = cpuOf(vcpu);
        GuestPopulation population = new GuestPopulation(kernel.context(), task.mm(), va, lengthBytes);
        population.backFrames(ept, cpu.number());
        if (shadow != null) {
            long root = kernel.context().ops().rootFor(task.mm().pageTable(), groupOfVcpu[vcpu]);
            population.fill(shadow, cpu.number(), cpu.node(), root);
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
    }

    /** The process of the virtual machine in the host: whoever calls the host's kernel for it does to the guest's memory what he does. */
    public Task process() {
        return process;
    }

    /** The address of a guest frame in the process, or -1 when the machine has no such memory. */
    public long hostVa(long guestFrame) {
        return ept.hostVa(guestFrame);
    }

    // ---- where vCPUs run ----

    /** Lets a vCPU run on another processor of the host: its thread moves, and it uses the extended table of the new node. */
    public void moveVcpu(int vcpu, int cpu) {
        host.migrate(threads[vcpu], cpu);
    }

    /** Leaves it to a scheduler of the host where vCPUs run: each thread is in its charge from now on, on the processors of a set. */
    public void floatOn(Scheduler scheduler, CpuSet affinity) {
        for (Task thread : threads) {
            scheduler.start(thread, affinity);
        }
    }

    /** Says whether a vCPU runs; one whose processor was given to another waits. */
    public boolean isRunning(int vcpu) {
        int cpu = cpuOfVcpu[vcpu];
        return vcpuOfCpu[cpu] == vcpu && host.current(cpu) == threads[vcpu];
    }

    /** Hears where the host's scheduler puts the threads of vCPUs. */
    private final class VcpuThreads implements PageTableEvents {
        private final Map<Task, Integer> vcpuOfThread = new HashMap<>();

        VcpuThreads() {
            for (int vcpu = 0; vcpu < threads.length; vcpu++) {
                vcpuOfThread.put(threads[vcpu], vcpu);
            }
        }

        @Override
        public void contextSwitched(int cpu, Task task) {
            Integer vcpu = vcpuOfThread.get(task);
            if (vcpu != null) {
                run(vcpu, cpu);
            }
        }
    }

    /** A vCPU runs on a processor from now on; where no other ran meanwhile it finds what it knew. */
    private void run(int vcpu, int cpu) {
        int from = cpuOfVcpu[vcpu];
        if (from == cpu && vcpuOfCpu[cpu] == vcpu) {
            return;
        }
        if (vcpuOfCpu[from] == vcpu) {
            board.cpu(from).invalidateEpt();
            vcpuOfCpu[from] = NO_VCPU;
        }
        cpuOfVcpu[vcpu] = cpu;
        vcpuOfCpu[cpu] = vcpu;
        enter(vcpu);
        loadGuestRoot(vcpu, true);
    }

    /** Loads what hardware walks for the guest's root; one that waits loads it when it runs again. */
    private void loadGuestRoot(int vcpu, boolean flush) {
        Cpu cpu = cpuOf(vcpu);
        if (vcpuOfCpu[cpu.number()] != vcpu) {
            return;
        }
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

    /** Makes every vCPU forget what came from the host's tables. */
    void forgetEpt() {
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
            addCycles(vcpu, ExitCosts.SHADOW_FAULT_CYCLES);
            int node = board.cpu(cpu).node();
            if (tables.sync(cpu, node, roots[vcpu], levels[vcpu], va, errorCode) != 0) {
                return true;
            }
        }
        return handler != null && handler.pageFault(vcpuOfCpu[cpu], va, errorCode);
    }

    @Override
    public boolean eptViolation(int cpu, long guestFrame, boolean isWrite) {
        addCycles(vcpuOfCpu[cpu], ExitCosts.EXIT_CYCLES);
        return ept.violation(cpu, guestFrame, isWrite);
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
        return meter;
    }

    @Override
    public void install(TrapHandler handler) {
        installed = handler;
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
    public void invalidateRange(int vcpu, int pcid, long startVa, long endVa) {
        cpuOf(vcpu).invalidateRange(pcid, startVa, endVa);
    }

    @Override
    public void invalidateAll(int vcpu, int pcid) {
        cpuOf(vcpu).invalidateAll(pcid);
    }
}
