package dev.mitosis.lab.run;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.kvm.GuestTableFrames;
import dev.mitosis.kvm.LeafLocality;
import dev.mitosis.kvm.PriorFirstTouch;
import dev.mitosis.kvm.VirtualMachine;
import dev.mitosis.kvm.VmSettings;
import dev.mitosis.kvm.discovery.GroupDiscovery;
import dev.mitosis.kvm.discovery.LatencyMatrix;
import dev.mitosis.kvm.discovery.SimulatedMatrix;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.workloads.synthetic.AccessStream;
import dev.mitosis.workloads.synthetic.MemoryArea;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * One workload on all sockets of a guest: populated once, then run with one copy of each tree or with copies on every socket.
 *
 * <p>A guest has lived before, as the published ones had, and its memory was touched in pieces of 2 MiB ({@link PriorFirstTouch}). A guest that sees
 * one node takes the memory of programs that have ended, which one thread had loaded: that is on the socket of that thread until it is full,
 * and so are the extended tables. Its kernel takes frames for tables from what it has used before, touched from all sockets. A guest that sees
 * the nodes has run the configurations of figure 4, and those that interleave touched memory of each node from everywhere: where the
 * data is does not change, but the extended tables of such a piece are where it was touched first.
 *
 * <p>Errors: {@link IllegalArgumentException} when the machine cannot hold the workload.
 *
 * <p>Source: vMitosis (ASPLOS'21) figures 2, 4 and 5; the counts of its figure 2 have 81 and 88 % of the extended leaf entries of a guest that
 * sees one node on one socket, for XSBench as many as the socket's memory holds.
 */
public final class WideGuestRun {
    private static final long LEAF_TABLE_BYTES = 2L << 20;
    private static final int RESERVED_BESIDE = 64;
    private static final double LATENCY_NOISE = 0.1;

    /** What part of their configurations interleaves memory. Source: F, FA, FM, FAM, I and IM of vMitosis (ASPLOS'21) figure 4. */
    private static final double INTERLEAVED_BEFORE = 1.0 / 3;

    private final MachineProfile profile;
    private final Workload workload;
    private final long seed;
    private final Machine host;
    private final VirtualMachine vm;
    private final List<Task> tasks = new ArrayList<>();
    private final long[] areaVa;

    /**
     * Boots the guest and populates the workload.
     *
     * @param interleaves whether the guest spreads data and tables over its nodes in turn
     * @param makesRoom whether frames are set aside for copies of tables on every node
     */
    public WideGuestRun(
            MachineProfile profile,
            Workload workload,
            GuestView view,
            boolean thp,
            boolean interleaves,
            boolean makesRoom,
            long seed) {
        this.profile = profile;
        this.workload = workload;
        this.seed = seed;
        host = new Machine(profile, KernelSettings.DEFAULT.withThp(thp), new FirstTouch(), seed);
        vm = host.boot(settings(view, KernelSettings.DEFAULT.withThp(thp)));
        vm.warmUp(
                view == GuestView.VISIBLE ? PriorFirstTouch.shared(INTERLEAVED_BEFORE) : PriorFirstTouch.loadedByOne(),
                seed);
        if (makesRoom) {
            reserve();
        }
        Kernel guest = vm.kernel();
        Mempolicy policy = interleaves ? Mempolicy.interleave(vm.topology().allNodes()) : Mempolicy.LOCAL;
        Task first = guest.spawn(0, policy);
        tasks.add(first);
        for (int vcpu = 1; vcpu < vm.topology().cpus(); vcpu++) {
            tasks.add(guest.clone(first, vcpu));
        }
        List<MemoryArea> areas = workload.areas();
        areaVa = new long[areas.size()];
        for (int i = 0; i < areaVa.length; i++) {
            areaVa[i] = map(areas.get(i));
        }
    }

    private VmSettings settings(GuestView view, KernelSettings guest) {
        var topology = host.board().topology();
        List<Integer> socketOfVcpu = IntStream.range(0, topology.cpus())
                .map(topology::nodeOfCpu)
                .boxed()
                .toList();
        return switch (view) {
            case VISIBLE -> VmSettings.visible(topology, guest);
            case OBLIVIOUS -> VmSettings.oblivious(topology, guest);
            case PARAVIRTUAL -> VmSettings.grouped(topology, socketOfVcpu, GuestTableFrames.HYPERCALL, guest);
            case FULLY_VIRTUAL -> VmSettings.grouped(topology, discovered(), GuestTableFrames.GROUP_TOUCHES, guest);
        };
    }

    /** The groups that the guest finds: from latencies of cache lines between its processors, as noisy as measured ones. */
    private List<Integer> discovered() {
        LatencyMatrix measured = SimulatedMatrix.of(profile).withNoise(LATENCY_NOISE, new SplittableRandom(seed));
        return IntStream.of(GroupDiscovery.groups(measured)).boxed().toList();
    }

    /** On a socket of the host, room for two trees: the extended one, and that of the machine's process, which its loader may have there whole. */
    private void reserve() {
        long leafTables = workload.footprintBytes() / LEAF_TABLE_BYTES;
        int tables = (int) (leafTables + leafTables / RESERVED_BESIDE + RESERVED_BESIDE);
        vm.reserveTables(tables);
        for (int node = 0; node < profile.nodes(); node++) {
            host.replicator().reserve(node, 2 * tables);
        }
    }

    private long map(MemoryArea area) {
        Kernel guest = vm.kernel();
        long slack = area.alignBytes();
        long mapped = guest.mmap(
                tasks.get(0),
                0,
                area.sizeBytes() + slack,
                Abi.PROT_READ | Abi.PROT_WRITE,
                Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_NORESERVE);
        long va = (mapped + slack - 1) & -slack;
        long pages = (area.sizeBytes() + 4095) >>> 12;
        int loaders = workload.isLoadedByOne(area) ? 1 : tasks.size();
        long share = (pages + loaders - 1) / loaders;
        try {
            for (int i = 0; i < loaders; i++) {
                long from = Math.min(pages, i * share);
                long to = Math.min(pages, from + share);
                if (from < to) {
                    guest.populate(tasks.get(i), va + (from << 12), (to - from) << 12, true);
                    vm.populate(tasks.get(i), va + (from << 12), (to - from) << 12);
                }
            }
        } catch (KernelException full) {
            throw new IllegalArgumentException(
                    workload.name() + " (" + (workload.footprintBytes() >> 30) + " GiB) does not fit into a guest on "
                            + profile.name() + ": " + full.getMessage(),
                    full);
        }
        return va;
    }

    /** The guest that it runs in. */
    public VirtualMachine vm() {
        return vm;
    }

    /** Copies of both trees on every node, of the guest and of the host. */
    public void replicate() {
        vm.replicator().replicate(tasks.get(0).mm(), vm.topology().allNodes());
        vm.ept().replicate(host.board().topology().allNodes());
    }

    /** The first thread of the program. */
    public Task task() {
        return tasks.get(0);
    }

    /** Where the leaf tables are. */
    public LeafLocality locality() {
        return LeafLocality.of(vm, tasks.get(0).mm());
    }

    /**
     * Warms empty caches up and counts: the same accesses each time. The counters are of the processors of each node, and know which reads
     * of memory another socket's caches held.
     */
    public List<Pmu> run(long accesses, long warmUp) {
        host.board().emptyCaches();
        List<AccessStream> streams =
                HardwareThreads.ofCores(workload, tasks.size(), profile.threadsPerCore(), areaVa, seed);
        execute(streams, warmUp);
        host.board().sample();
        host.board().watchOtherCaches(true);
        List<Pmu> before =
                tasks.stream().map(task -> vm.cpuOf(task.cpu()).pmu().copy()).toList();
        execute(streams, accesses);
        host.board().watchOtherCaches(false);
        List<Pmu> counts = new ArrayList<>();
        for (int node = 0; node < profile.nodes(); node++) {
            counts.add(new Pmu(profile.nodes()));
        }
        for (int thread = 0; thread < tasks.size(); thread++) {
            var cpu = vm.cpuOf(tasks.get(thread).cpu());
            counts.get(cpu.node()).add(cpu.pmu().since(before.get(thread)), 1);
        }
        return counts;
    }

    /** What the cores make of what was counted last. */
    public WorkloadTraits traits() {
        return host.board().traits(new CostModel(profile, 0), 1);
    }

    private void execute(List<AccessStream> streams, long accesses) {
        AccessBatch batch = new AccessBatch();
        long done = 0;
        for (int turn = 0; done < accesses; turn = (turn + 1) % tasks.size()) {
            batch.clear();
            streams.get(turn).fill(batch);
            vm.cpuOf(tasks.get(turn).cpu()).run(batch);
            done += batch.rawAccesses();
        }
    }
}
