package dev.mitosis.lab.run;

import dev.mitosis.hal.Topology;
import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.kvm.VirtualMachine;
import dev.mitosis.kvm.VmSettings;
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
import java.util.function.BiFunction;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * One thin workload in a guest that sees the machine: threads and data on node 0, and each of the two trees where one says.
 *
 * <p>The guest is populated once; {@link #run} moves the trees, so a study of placements costs one start.
 *
 * <p>Errors: {@link IllegalArgumentException} when the machine cannot hold the workload.
 *
 * <p>Source: vMitosis (ASPLOS'21) figure 1: guest and extended tables local or remote to the processor that walks them.
 */
public final class GuestRun {
    private static final int LOCAL = 0;
    private static final int REMOTE = 1;
    /** Accesses that fill the caches before counting starts. */
    private static final int WARM_UP_SHARE = 10;

    private final MachineProfile profile;
    private final Workload workload;
    private final long seed;
    private final Machine host;
    private final VirtualMachine vm;
    private final List<Task> tasks = new ArrayList<>();
    private final long[] areaVa;
    private LongConsumer listener = done -> {};

    /** Boots the guest and populates the workload. */
    public GuestRun(MachineProfile profile, Workload workload, GuestPages pages, long seed) {
        this(profile, workload, pages, seed, VmSettings::visible);
    }

    /** A guest under shadow tables, which the first store to each page has filled already. */
    public static GuestRun shadowed(MachineProfile profile, Workload workload, GuestPages pages, long seed) {
        return new GuestRun(
                profile, workload, pages, seed, (topology, settings) -> VmSettings.visible(topology, settings)
                        .shadowed());
    }

    /** A guest that is on node 0 as a whole, and sees no other. */
    public static GuestRun thin(MachineProfile profile, Workload workload, GuestPages pages, long seed) {
        return new GuestRun(
                profile, workload, pages, seed, (topology, settings) -> VmSettings.thin(topology, LOCAL, settings));
    }

    private GuestRun(
            MachineProfile profile,
            Workload workload,
            GuestPages pages,
            long seed,
            BiFunction<Topology, KernelSettings, VmSettings> machine) {
        if (profile.nodes() < 2) {
            throw new IllegalArgumentException(
                    "placements of a guest's tables need two nodes, and " + profile.name() + " has " + profile.nodes());
        }
        this.profile = profile;
        this.workload = workload;
        this.seed = seed;
        host = new Machine(profile, KernelSettings.DEFAULT.withThp(pages.hostThp()), new FirstTouch(), seed);
        KernelSettings settings = KernelSettings.DEFAULT.withThp(pages.guestThp());
        vm = host.boot(machine.apply(host.board().topology(), settings));
        vm.ept().setTableNode(LOCAL);
        Kernel guest = vm.kernel();
        Task first = guest.spawn(0, Mempolicy.bind(1L << LOCAL));
        first.mm().setTableNode(LOCAL);
        tasks.add(first);
        int threads = workload.threads(profile.coresPerNode());
        for (int thread = 1; thread < threads; thread++) {
            tasks.add(guest.clone(first, thread));
        }
        List<MemoryArea> areas = workload.areas();
        areaVa = new long[areas.size()];
        for (int i = 0; i < areaVa.length; i++) {
            areaVa[i] = map(first, areas.get(i));
        }
    }

    private long map(Task task, MemoryArea area) {
        Kernel guest = vm.kernel();
        long slack = area.alignBytes();
        long mapped = guest.mmap(
                task,
                0,
                area.sizeBytes() + slack,
                Abi.PROT_READ | Abi.PROT_WRITE,
                Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_NORESERVE);
        long va = (mapped + slack - 1) & -slack;
        try {
            guest.populate(task, va, area.sizeBytes(), true);
            vm.populate(task, va, area.sizeBytes());
        } catch (KernelException full) {
            throw new IllegalArgumentException(
                    workload.name() + " (" + (workload.footprintBytes() >> 30) + " GiB) does not fit on a node of "
                            + profile.name() + ": " + full.getMessage(),
                    full);
        }
        return va;
    }

    /** Moves the program inside the guest: its threads and its data, not its tables. */
    public void migrateInGuest(int node) {
        Kernel guest = vm.kernel();
        for (int thread = 0; thread < tasks.size(); thread++) {
            guest.migrate(tasks.get(thread), node * profile.coresPerNode() + thread);
        }
        guest.migrateData(tasks.get(0).mm(), node);
        List<MemoryArea> areas = workload.areas();
        for (int i = 0; i < areaVa.length; i++) {
            vm.populate(tasks.get(0), areaVa[i], areas.get(i).sizeBytes());
        }
    }

    /** Moves a thin guest to another node of the host. */
    public void migrateGuest(int node) {
        int first = node * profile.coresPerNode();
        vm.migrate(
                node,
                IntStream.range(first, first + profile.coresPerNode()).boxed().toList());
    }

    /** The first thread of the program. */
    public Task task() {
        return tasks.get(0);
    }

    /** The guest that it runs in. */
    public VirtualMachine vm() {
        return vm;
    }

    /**
     * Moves the trees, warms empty caches up, and counts: the same accesses each time.
     *
     * @param remoteGuestTables whether the guest's table is on the other node
     * @param remoteEpt whether the extended table is
     * @return the counters of all threads together
     */
    public Pmu run(boolean remoteGuestTables, boolean remoteEpt, long accesses, long warmUp) {
        vm.replicator().move(tasks.get(0).mm(), remoteGuestTables ? REMOTE : LOCAL);
        vm.ept().move(remoteEpt ? REMOTE : LOCAL);
        return count(accesses, warmUp);
    }

    /** Warms empty caches up and counts, wherever trees, threads and data are. */
    public Pmu count(long accesses, long warmUp) {
        host.board().emptyCaches();
        List<AccessStream> streams = new ArrayList<>();
        for (int thread = 0; thread < tasks.size(); thread++) {
            streams.add(workload.stream(thread, tasks.size(), areaVa, seed));
        }
        execute(streams, warmUp);
        host.board().sample();
        List<Pmu> before =
                tasks.stream().map(task -> vm.cpuOf(task.cpu()).pmu().copy()).toList();
        execute(streams, accesses);
        Pmu counts = new Pmu(profile.nodes());
        for (int thread = 0; thread < tasks.size(); thread++) {
            counts.add(vm.cpuOf(tasks.get(thread).cpu()).pmu().since(before.get(thread)), 1);
        }
        return counts;
    }

    /** What the workload's processors on a node of the host take for what was counted, while some nodes are busy with others. */
    public CostModel.Cycles cycles(int node, Pmu counts, long busyNodes) {
        return new CostModel(profile, busyNodes).cycles(node, counts, traits(busyNodes));
    }

    /** What the cores make of what was counted last, while some nodes are busy with others. */
    public WorkloadTraits traits(long busyNodes) {
        return host.board()
                .traits(
                        new CostModel(profile, busyNodes),
                        Math.min(workload.threadsOfCore(), profile.threadsPerCore()));
    }

    /** One configuration, with everything that a report wants to know; {@code progress} hears how many accesses are done. */
    public RunResult run(GuestConfiguration configuration, long accesses, LongConsumer progress) {
        long started = System.nanoTime();
        listener = progress;
        Pmu counts =
                run(configuration.remoteGuestTables(), configuration.remoteEpt(), accesses, accesses / WARM_UP_SHARE);
        double seconds = (System.nanoTime() - started) / 1e9;
        long busyNodes = configuration.isBusy() ? 1L << REMOTE : 0;
        WorkloadTraits traits = traits(busyNodes);
        CostModel costs = CostModel.underOwnLoad(profile, busyNodes, List.of(counts), tasks.size(), traits);
        long[][] walkReads = new long[Pmu.LEVELS][3];
        WalkReadKinds.add(walkReads, LOCAL, counts);
        List<Pmu> countsOfNode = new ArrayList<>(List.of(counts));
        double[] remoteLeaves = new double[profile.nodes()];
        for (int node = 0; node < remoteLeaves.length; node++) {
            remoteLeaves[node] = vm.kernel().census(tasks.get(0).mm(), node).remoteLeafPercent();
            if (node > 0) {
                countsOfNode.add(new Pmu(profile.nodes()));
            }
        }
        return new RunResult(
                profile.name(),
                workload.name(),
                configuration.name(),
                host.policy().name(),
                seed,
                costs.cycles(LOCAL, counts, traits),
                counts,
                countsOfNode,
                walkReads,
                remoteLeaves,
                host.pageTableBytes(),
                host.dataBytes(),
                seconds,
                (accesses + accesses / WARM_UP_SHARE) / seconds);
    }

    private void execute(List<AccessStream> streams, long accesses) {
        AccessBatch batch = new AccessBatch();
        long done = 0;
        for (int turn = 0; done < accesses; turn = (turn + 1) % tasks.size()) {
            batch.clear();
            streams.get(turn).fill(batch);
            vm.cpuOf(tasks.get(turn).cpu()).run(batch);
            done += batch.rawAccesses();
            listener.accept(done);
        }
    }
}
