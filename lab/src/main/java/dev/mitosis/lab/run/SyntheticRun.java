package dev.mitosis.lab.run;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.halsim.quantum.Quanta;
import dev.mitosis.halsim.timing.ReferenceSample;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.lab.machine.CounterSampling;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.TlbSettings;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.workloads.synthetic.AccessStream;
import dev.mitosis.workloads.synthetic.MemoryArea;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * One synthetic workload in one configuration under one policy: boot, map and populate, warm up, measure.
 *
 * <p>Thin: the threads of the workload on node 0; the configuration says where page tables and data are made. Wide: as many threads as
 * hardware threads, those of a core side by side on it; each core first touches its share of every area.
 *
 * <p>Errors: {@link IllegalArgumentException} when the machine cannot hold the workload or has too few nodes.
 */
public final class SyntheticRun {
    /** Accesses that fill the caches before counting starts, of each thread's share. */
    private static final int WARM_UP_SHARE = 10;

    /** What a leaf table maps, and the share of other tables beside leaf tables. */
    private static final long LEAF_TABLE_BYTES = 2L << 20;

    private static final int RESERVED_BESIDE = 64;

    /** What a growing area grows by: glibc's 128 KiB would leave the same, as any step does that is less than a huge page. */
    private static final long GROWTH_BYTES = 1L << 20;

    private final MachineProfile profile;
    private final Workload workload;
    private final Configuration configuration;
    private final Machine machine;
    private final Kernel kernel;
    private final CounterSampling sampling;
    private final long seed;
    private int hostThreads = 1;
    private boolean isMappedWhole;
    private boolean isWatching;
    private List<ReferenceSample> sampled = List.of();

    public SyntheticRun(
            MachineProfile profile, Workload workload, Configuration configuration, PlacementPolicy policy, long seed) {
        this(profile, workload, configuration, policy, TlbSettings.LINUX, seed);
    }

    /** The same with a way of flushing TLBs. */
    public SyntheticRun(
            MachineProfile profile,
            Workload workload,
            Configuration configuration,
            PlacementPolicy policy,
            TlbSettings tlb,
            long seed) {
        if (!configuration.isWide() && profile.nodes() < 2) {
            throw new IllegalArgumentException("configuration " + configuration.name() + " needs two nodes, and "
                    + profile.name() + " has " + profile.nodes());
        }
        this.profile = profile;
        this.workload = workload;
        this.configuration = configuration;
        this.seed = seed;
        KernelSettings settings =
                KernelSettings.DEFAULT.withThp(configuration.thp()).withTlb(tlb);
        machine = new Machine(profile, settings, policy, seed);
        kernel = machine.kernel();
        sampling = new CounterSampling(machine);
    }

    /** Maps and populates only, and returns the first thread: what the measured part would begin with. */
    public Task populate() {
        List<Task> tasks = startTasks();
        mapAreas(tasks);
        migrateBack(tasks.get(0));
        return tasks.get(0);
    }

    /** Spreads the sockets of a wide run over host threads; the result does not depend on how many. */
    public SyntheticRun on(int threads) {
        hostThreads = threads;
        return this;
    }

    /** Maps each area at once, also those that grow: huge pages cover all of it. */
    public SyntheticRun mappedWhole() {
        isMappedWhole = true;
        return this;
    }

    /**
     * Counts, in the measured part, the reads of memory whose line another socket's caches held: for runs on one host thread
     * ({@link dev.mitosis.halsim.SimBoard#watchOtherCaches}).
     */
    public SyntheticRun watchingOtherCaches() {
        isWatching = true;
        return this;
    }

    /** What the processors of its threads did in the measured part, in pieces. */
    public List<ReferenceSample> samples() {
        return sampled;
    }

    /** What the cores make of the measured part, on an idle machine. */
    public WorkloadTraits traits() {
        return machine.board().traits(new CostModel(profile, configuration.contendedNodes()), threadsOfCore());
    }

    /** Threads that are timed on one core: those of a wide run share it in the model of the whole machine. */
    private int threadsOfCore() {
        return configuration.isWide() ? 1 : Math.min(workload.threadsOfCore(), profile.threadsPerCore());
    }

    /** The machine that it runs on. */
    public Machine machine() {
        return machine;
    }

    /** Runs {@code accesses} accesses, warm-up apart, and tells {@code progress} how many are done. */
    public RunResult run(long accesses, LongConsumer progress) {
        return run(accesses, accesses / WARM_UP_SHARE, progress);
    }

    /** The same with a warm-up of its own length. */
    public RunResult run(long accesses, long warmUp, LongConsumer progress) {
        if (isWatching && hostThreads > 1) {
            throw new IllegalStateException("sockets on several host threads do not see each other's caches");
        }
        long started = System.nanoTime();
        List<Task> tasks = startTasks();
        long[] areaVa = mapAreas(tasks);
        migrateBack(tasks.get(0));
        long populated = System.nanoTime();
        int ofCore = configuration.isWide() ? profile.threadsPerCore() : 1;
        List<AccessStream> streams = HardwareThreads.ofCores(workload, tasks.size(), ofCore, areaVa, seed);
        long warmed = execute(tasks, streams, 0, warmUp, progress);
        List<Pmu> before = new ArrayList<>();
        for (Task task : tasks) {
            before.add(machine.board().cpu(task.cpu()).pmu().copy());
        }
        machine.board().watchOtherCaches(isWatching);
        machine.board().sample();
        execute(tasks, streams, warmed, warmUp + accesses, progress);
        machine.board().watchOtherCaches(false);
        sampled =
                tasks.stream().map(task -> machine.board().sampleOf(task.cpu())).toList();
        double streamSeconds = (System.nanoTime() - populated) / 1e9;
        return result(tasks, before, (System.nanoTime() - started) / 1e9, streamSeconds);
    }

    /** Thin, with Mitosis: the tables follow the data. */
    private void migrateBack(Task task) {
        if (!configuration.isWide() && configuration.hasMitosis()) {
            kernel.migrateData(task.mm(), configuration.dataNode());
        }
    }

    private List<Task> startTasks() {
        PlacementPolicy policy = machine.policy();
        var topology = machine.board().topology();
        Mempolicy initial = configuration.interleaves()
                ? Mempolicy.interleave(topology.allNodes())
                : policy.initialMempolicy(topology);
        int firstCpu = configuration.isWide() ? 0 : configuration.runNode() * profile.coresPerNode();
        List<Task> tasks = new ArrayList<>();
        Task first;
        if (configuration.isWide()) {
            first = kernel.spawn(firstCpu, initial);
        } else {
            first = kernel.spawn(firstCpu, Mempolicy.bind(1L << configuration.dataNode()));
            first.mm().setTableNode(configuration.tableNode());
        }
        tasks.add(first);
        int cores = configuration.isWide() ? machine.board().cpus() : profile.coresPerNode();
        // What is made for one thread still runs on all processors of a wide machine, each for itself.
        int threads = configuration.isWide() ? cores : workload.threads(cores);
        for (int thread = 1; thread < threads; thread++) {
            tasks.add(kernel.clone(first, firstCpu + thread));
        }
        return tasks;
    }

    private long[] mapAreas(List<Task> tasks) {
        Task first = tasks.get(0);
        List<MemoryArea> areas = workload.areas();
        if (configuration.isWide() && configuration.hasMitosis()) {
            reserveTables();
        }
        long[] areaVa = new long[areas.size()];
        for (int i = 0; i < areaVa.length; i++) {
            MemoryArea area = areas.get(i);
            boolean grows = area.isGrown() && configuration.thp() && !configuration.isWide() && !isMappedWhole;
            areaVa[i] = grows ? grow(first, area) : map(tasks, area);
        }
        return areaVa;
    }

    private long map(List<Task> tasks, MemoryArea area) {
        long slack = area.alignBytes();
        long mapped = mmap(tasks.get(0), 0, area.sizeBytes() + slack, 0);
        long va = (mapped + slack - 1) & -slack;
        populate(tasks, va, area);
        return va;
    }

    /** Maps and touches an area piece by piece from its beginning, as a heap grows. */
    private long grow(Task task, MemoryArea area) {
        long slack = area.alignBytes();
        long hole = mmap(task, 0, area.sizeBytes() + slack, 0);
        kernel.munmap(task, hole, area.sizeBytes() + slack);
        long va = (hole + slack - 1) & -slack;
        for (long done = 0; done < area.sizeBytes(); done += GROWTH_BYTES) {
            long bytes = Math.min(GROWTH_BYTES, area.sizeBytes() - done);
            mmap(task, va + done, bytes, Abi.MAP_FIXED);
            touch(task, va + done, bytes);
        }
        return va;
    }

    private long mmap(Task task, long va, long bytes, int flags) {
        int anonymous = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_NORESERVE;
        return kernel.mmap(task, va, bytes, Abi.PROT_READ | Abi.PROT_WRITE, anonymous | flags);
    }

    /** As the published runs did: a node that data has filled still has room for its copies. */
    private void reserveTables() {
        long leafTables = workload.footprintBytes() / LEAF_TABLE_BYTES;
        for (int node = 0; node < machine.board().topology().nodes(); node++) {
            machine.replicator().reserve(node, (int) (leafTables + leafTables / RESERVED_BESIDE + RESERVED_BESIDE));
        }
    }

    /** Each thread touches its share of the area first, as a parallel initialisation does, or one thread all of it. */
    private void populate(List<Task> tasks, long va, MemoryArea area) {
        long pages = (area.sizeBytes() + 4095) >>> 12;
        int loaders = workload.isLoadedByOne(area) ? 1 : tasks.size();
        long share = (pages + loaders - 1) / loaders;
        for (int i = 0; i < loaders; i++) {
            long from = Math.min(pages, i * share);
            long to = Math.min(pages, from + share);
            if (from < to) {
                touch(tasks.get(i), va + (from << 12), (to - from) << 12);
            }
        }
    }

    private void touch(Task task, long va, long bytes) {
        try {
            kernel.populate(task, va, bytes, true);
        } catch (KernelException full) {
            throw new IllegalArgumentException(
                    workload.name() + " (" + (workload.footprintBytes() >> 30) + " GiB) in configuration "
                            + configuration.name() + " does not fit on " + profile.name() + ": " + full.getMessage(),
                    full);
        }
    }

    /** Runs the threads until all together have made {@code until} accesses: those of a wide run side by side, others in turn. */
    private long execute(List<Task> tasks, List<AccessStream> streams, long from, long until, LongConsumer progress) {
        if (configuration.isWide()) {
            return executeSideBySide(tasks, streams, from, until, progress);
        }
        AccessBatch batch = new AccessBatch();
        long done = from;
        for (int turn = 0; done < until; turn = (turn + 1) % tasks.size()) {
            batch.clear();
            streams.get(turn).fill(batch);
            machine.board().cpu(tasks.get(turn).cpu()).run(batch);
            sampling.ran(tasks.get(turn).mm(), tasks.get(turn).cpu());
            done += batch.rawAccesses();
            progress.accept(done);
        }
        return done;
    }

    private long executeSideBySide(
            List<Task> tasks, List<AccessStream> streams, long from, long until, LongConsumer progress) {
        AccessStream[] streamOfCpu = new AccessStream[machine.board().cpus()];
        for (int i = 0; i < streams.size(); i++) {
            streamOfCpu[tasks.get(i).cpu()] = streams.get(i);
        }
        long done = from;
        int[] cpus = tasks.stream().mapToInt(Task::cpu).toArray();
        try (Quanta quanta = new Quanta(machine.board(), cpus, hostThreads)) {
            while (done < until) {
                done += quanta.run((cpu, batch) -> streamOfCpu[cpu].fill(batch));
                tasks.forEach(task -> sampling.ran(task.mm(), task.cpu()));
                progress.accept(done);
            }
        }
        return done;
    }

    private RunResult result(List<Task> tasks, List<Pmu> before, double seconds, double streamSeconds) {
        long busy = configuration.contendedNodes();
        WorkloadTraits traits = traits();
        int nodes = machine.board().topology().nodes();
        CostModel.Cycles cycles = CostModel.Cycles.ZERO;
        Pmu counts = new Pmu(nodes);
        List<Pmu> countsOfNode = new ArrayList<>();
        for (int node = 0; node < nodes; node++) {
            countsOfNode.add(new Pmu(nodes));
        }
        long[][] walkReads = new long[Pmu.LEVELS][3];
        long rawAccesses = 0;
        for (int i = 0; i < tasks.size(); i++) {
            int cpu = tasks.get(i).cpu();
            int node = machine.board().topology().nodeOfCpu(cpu);
            rawAccesses += machine.board().cpu(cpu).pmu().accesses;
            Pmu seen = machine.board().cpu(cpu).pmu().since(before.get(i));
            counts.add(seen, 1);
            countsOfNode.get(node).add(seen, 1);
            WalkReadKinds.add(walkReads, node, seen);
        }
        CostModel costs = CostModel.underOwnLoad(profile, busy, countsOfNode, tasks.size(), traits);
        traits = machine.board().traits(costs, threadsOfCore());
        costs = CostModel.underOwnLoad(profile, busy, countsOfNode, tasks.size(), traits);
        for (int node = 0; node < nodes; node++) {
            cycles = cycles.plus(costs.cycles(node, countsOfNode.get(node), traits));
        }
        double[] remote = new double[nodes];
        for (int node = 0; node < nodes; node++) {
            remote[node] = kernel.census(tasks.get(0).mm(), node).remoteLeafPercent();
        }
        return new RunResult(
                profile.name(),
                workload.name(),
                configuration.name(),
                machine.policy().name(),
                seed,
                cycles,
                counts,
                countsOfNode,
                walkReads,
                remote,
                machine.pageTableBytes(),
                machine.dataBytes(),
                seconds,
                rawAccesses / streamSeconds);
    }
}
