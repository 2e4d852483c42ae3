package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kvm.GuestTableFrames;
import dev.mitosis.kvm.VirtualMachine;
import dev.mitosis.kvm.VmSettings;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.MmuNotifier;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.x86.Pte;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A virtual machine that scripts run on: the kernel under test is the guest's. Before each access the host does something to the memory or
 * the vCPUs of the machine ({@link HostTurns}), and afterwards what a vCPU may use must be the composition of both trees: the guest's
 * entry, and the host's own translation of where the virtual machine's process has that frame.
 */
final class GuestScriptBoard implements ScriptBoard {
    /** What can be left out. */
    enum Fault {
        NONE,
        /** The guest's flushes do not reach its vCPUs. */
        FLUSH_IS_FORGOTTEN,
        /** The hypervisor does not hear of what the host changes. */
        HOST_DOES_NOT_TELL
    }

    private static final MachineProfile PROFILE = MachineProfile.load("4s-cascade-lake");
    private static final long GIB = 1L << 30;
    private static final List<GuestTableFrames> TABLE_FRAMES = List.of(GuestTableFrames.values());

    private final VirtualMachine vm;
    private final Kernel host;
    private final HostTurns turns;
    private final long[] roots;
    private final Set<Long> pages = new HashSet<>();
    private final Fault fault;
    private boolean lastWalked;
    private @Nullable Kernel guest;

    GuestScriptBoard(Setting setting, long seed) {
        this(setting, seed, Fault.NONE);
    }

    GuestScriptBoard(Setting setting, long seed, Fault fault) {
        this.fault = fault;
        Random random = new Random(seed);
        SimBoard board = new SimBoard(PROFILE, 1);
        FrameAllocator frames = new FrameAllocator(board.topology(), board.memory());
        ReplicatedPageTableOps ops =
                new ReplicatedPageTableOps(board.topology(), board.memory(), frames, board.meter());
        KernelSettings hostSettings =
                KernelSettings.DEFAULT.withThp(random.nextBoolean()).withSwapPages(GIB >> 12);
        host = new Kernel(board, frames, ops, PageTableEvents.NONE, hostSettings);
        Topology topology = Topology.uniform(setting.nodes(), ReferenceBoard.CPUS_PER_NODE, setting.framesPerNode());
        int sockets = board.topology().nodes();
        VmSettings settings = new VmSettings(
                topology,
                IntStream.range(0, topology.cpus())
                        .map(vcpu -> topology.nodeOfCpu(vcpu) % sockets * PROFILE.coresPerSocket() + vcpu / sockets)
                        .boxed()
                        .toList(),
                IntStream.range(0, setting.nodes())
                        .map(node -> node % sockets)
                        .boxed()
                        .toList(),
                4 + random.nextInt(2),
                random.nextBoolean(),
                TABLE_FRAMES.get(random.nextInt(TABLE_FRAMES.size())),
                false,
                setting.kernel());
        vm = new VirtualMachine(board, host, ops, random.nextInt(4) == 0 ? settings.shadowed() : settings);
        if (fault == Fault.HOST_DOES_NOT_TELL) {
            vm.process().mm().setNotifier(MmuNotifier.NONE);
        }
        turns = new HostTurns(vm, host, random);
        roots = new long[topology.cpus()];
        Arrays.fill(roots, Processors.NO_ROOT);
    }

    @Override
    public PageTableEvents attach(PlacementPolicy policy, Kernel kernel, Replicator replicator) {
        return policy.attachGuest(kernel, replicator, vm.ept());
    }

    @Override
    public long access(int vcpu, long va, boolean isWrite) {
        turns.next();
        pages.add(va >>> Frames.PAGE_SHIFT);
        turns.run(vcpu);
        Cpu cpu = vm.cpuOf(vcpu);
        long walks = cpu.pmu().walks;
        long given = cpu.pmu().unexplained;
        AccessBatch batch = new AccessBatch(1);
        batch.add(va, isWrite);
        cpu.run(batch);
        lastWalked = cpu.pmu().walks > walks;
        if (cpu.pmu().unexplained > given) {
            return SIGNAL;
        }
        return guestFrame(vcpu, va, cpu.cachedFrame(va));
    }

    /** The guest's frame that a host frame is behind: the one that the guest's tables name, if the host has that there. */
    private long guestFrame(int vcpu, long va, long hostFrame) {
        Task task = kernel().current(vcpu);
        if (task == null) {
            throw new IllegalStateException("vCPU " + vcpu + " has a translation and runs nothing");
        }
        long frame = MachineCheck.frameAt(kernel().translate(task.mm(), va), va);
        assertEquals(behind(frame), hostFrame, "the host's frame of guest frame " + Long.toHexString(frame));
        return frame;
    }

    /** The naive composition: what the host's kernel has where the process has a frame of the guest. */
    private long behind(long guestFrame) {
        MmStruct mm = vm.process().mm();
        long hostVa = vm.hostVa(guestFrame);
        return MachineCheck.frameAt(host.translate(mm, hostVa), hostVa);
    }

    @Override
    public boolean lastWalked() {
        return lastWalked;
    }

    @Override
    public long root(int vcpu) {
        return roots[vcpu];
    }

    @Override
    public Map<Long, Long> translations(int vcpu) {
        Map<Long, Long> known = new HashMap<>();
        if (!vm.isRunning(vcpu)) {
            return known;
        }
        Cpu cpu = vm.cpuOf(vcpu);
        for (long page : pages) {
            long va = page << Frames.PAGE_SHIFT;
            long hostFrame = cpu.cachedFrame(va);
            if (hostFrame >= 0) {
                long frame = guestFrame(vcpu, va, hostFrame);
                known.put(page, Pte.of(frame, cpu.letsStoresThrough(va) ? Pte.WRITE : 0));
                if (cpu.letsStoresThrough(va)) {
                    long hostVa = vm.hostVa(frame);
                    assertEquals(
                            Pte.WRITE,
                            host.translate(vm.process().mm(), hostVa) & Pte.WRITE,
                            "vCPU " + vcpu + " may write what the host shares");
                }
                nested(cpu, frame);
            }
        }
        cpu.cachedGuestTables()
                .forEach((table, frame) -> assertEquals(behind(table), frame, "a table in a walk cache"));
        return known;
    }

    /** What the nested TLB and the extended table say of a frame is what the host has. */
    private void nested(Cpu cpu, long frame) {
        long cached = cpu.cachedHostFrame(frame);
        if (cached >= 0) {
            assertEquals(behind(frame), cached, "a stale entry of the nested TLB");
        }
        assertEquals(behind(frame), vm.ept().hostFrame(frame), "the extended table");
    }

    private Kernel kernel() {
        if (guest == null) {
            throw new IllegalStateException("no kernel was booted");
        }
        return guest;
    }

    // ---- Board ----

    @Override
    public Topology topology() {
        return vm.topology();
    }

    @Override
    public PhysicalMemory memory() {
        return vm.memory();
    }

    @Override
    public KernelMeter meter() {
        return vm.meter();
    }

    @Override
    public void install(TrapHandler handler) {
        guest = (Kernel) handler;
        vm.install(handler);
    }

    @Override
    public Processors processors() {
        return new Processors() {
            @Override
            public void loadRoot(int cpu, long root, int levels, int pcid, boolean flush) {
                roots[cpu] = root;
                vm.loadRoot(cpu, root, levels, pcid, flush);
            }

            @Override
            public void invalidateRange(int cpu, int pcid, long startVa, long endVa) {
                if (fault != Fault.FLUSH_IS_FORGOTTEN) {
                    vm.invalidateRange(cpu, pcid, startVa, endVa);
                }
            }

            @Override
            public void invalidateAll(int cpu, int pcid) {
                if (fault != Fault.FLUSH_IS_FORGOTTEN) {
                    vm.invalidateAll(cpu, pcid);
                }
            }
        };
    }
}
