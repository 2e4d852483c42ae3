package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.VMitosis;
import dev.mitosis.workloads.synthetic.AccessStream;
import dev.mitosis.workloads.synthetic.Gups;
import dev.mitosis.workloads.synthetic.MemoryArea;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A process that is moved to another socket with its data, and what its page tables do: stay, follow as a whole, or follow one by
 * one. Run times are multiples of what they were before the move; the time that the move took is in the notes.
 *
 * <p>Source: the scenario of Mitosis (ASPLOS'20) §3.2 and figure 10, and of vMitosis (ASPLOS'21) §3.2; the published number is
 * GUPS' RP-LD over LP-LD of Mitosis' figure 6.
 */
final class Migration implements Experiment {
    private static final long ACCESSES = 10_000_000;
    private static final long QUICK_ACCESSES = 2_000_000;
    /** So many that every line of the last-level cache has been replaced a few times. */
    private static final long WARM_UP_ACCESSES = 2_500_000;

    private static final long QUICK_TABLE_BYTES = 16L << 30;
    /** Cycles of the published runs of GUPS: LP-LD, RP-LD and RPI-LD+M. */
    private static final double PUBLISHED_BEFORE = 454_078_473_314.0;

    private static final double PUBLISHED_REMOTE = 695_400_575_919.0 / PUBLISHED_BEFORE;
    private static final double PUBLISHED_MOVED = 451_685_891_902.0 / PUBLISHED_BEFORE;

    @Override
    public String id() {
        return "migration";
    }

    @Override
    public String description() {
        return "GUPS moved to another socket: tables left behind, moved as a tree, moved one by one";
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) {
        if (settings.reference().isPresent()) {
            throw new IllegalArgumentException("migration has no reference file");
        }
        List<Row> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        listener.part(0, 5, "before the move");
        Moved tree = new Moved(settings, new FirstTouch());
        double before = tree.cyclesAnAccess();
        rows.add(Row.baseline("gups", "before (LP-LD)", 1, 1));
        listener.part(1, 5, "data moved");
        double data = tree.moveData();
        rows.add(Row.of("gups", "data moved, tables left (RP-LD)", PUBLISHED_REMOTE, tree.cyclesAnAccess() / before));
        listener.part(2, 5, "tables moved as a tree");
        long tables = tree.tables();
        double whole = tree.moveTree();
        rows.add(Row.of("gups", "data and tree moved (LP-LD)", PUBLISHED_MOVED, tree.cyclesAnAccess() / before));
        notes.add(String.format(
                Locale.ROOT,
                "Moving %.0f GiB of data takes %.1f s of the simulated machine, the tree of %,d tables %.3f s more.",
                tree.gibibytes(),
                data,
                tables,
                whole));
        listener.part(3, 5, "a machine whose tables follow");
        Moved single = new Moved(settings, new VMitosis());
        double beforeSingle = single.cyclesAnAccess();
        listener.part(4, 5, "data moved, tables follow");
        double both = single.moveData();
        rows.add(Row.of(
                "gups",
                "data moved, tables followed (LP-LD)",
                PUBLISHED_MOVED,
                single.cyclesAnAccess() / beforeSingle));
        notes.add(String.format(
                Locale.ROOT,
                "One by one, %,d tables followed; data and tables together take %.1f s.",
                single.followed(),
                both));
        return new Figure(id(), "A process moved to another socket", "multiple of the run time before", rows, notes);
    }

    /** A machine on which GUPS began on node 0. */
    private static final class Moved {
        private final Machine machine;
        private final Kernel kernel;
        private final Task task;
        private final Gups gups;
        private final AccessStream stream;
        private final long accesses;

        Moved(ExperimentSettings settings, PlacementPolicy policy) {
            MachineProfile profile = MachineProfile.load("4s-haswell-ex");
            machine = new Machine(profile, KernelSettings.DEFAULT, policy, settings.seed());
            kernel = machine.kernel();
            gups = settings.isQuick() ? new Gups(QUICK_TABLE_BYTES) : new Gups();
            accesses = settings.isQuick() ? QUICK_ACCESSES : ACCESSES;
            task = kernel.spawn(0);
            MemoryArea table = gups.areas().get(0);
            int flags = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_NORESERVE;
            long va = kernel.mmap(task, 0, table.sizeBytes(), Abi.PROT_READ | Abi.PROT_WRITE, flags);
            kernel.populate(task, va, table.sizeBytes(), true);
            stream = gups.stream(0, 1, new long[] {va}, settings.seed());
        }

        double gibibytes() {
            return gups.footprintBytes() / (double) (1 << 30);
        }

        long tables() {
            return kernel.census(task.mm(), 0).tables(0);
        }

        long followed() {
            long sum = 0;
            for (int level = 1; level <= task.mm().pageTable().levels(); level++) {
                sum += machine.replicator().counters().tablesMigrated(level);
            }
            return sum;
        }

        /** Moves the task to node 1 and its data after it; seconds of the simulated machine. */
        double moveData() {
            int cpu = machine.board().profile().coresPerNode();
            kernel.migrate(task, cpu);
            long started = kernelCycles();
            kernel.migrateData(task.mm(), 1);
            return seconds(kernelCycles() - started);
        }

        double moveTree() {
            long started = kernelCycles();
            machine.replicator().move(task.mm(), 1);
            return seconds(kernelCycles() - started);
        }

        private double seconds(long cycles) {
            return cycles / (machine.board().profile().frequencyMhz() * 1e6);
        }

        private long kernelCycles() {
            long sum = 0;
            for (int cpu = 0; cpu < machine.board().cpus(); cpu++) {
                sum += machine.board().cpu(cpu).pmu().kernelCycles;
            }
            return sum;
        }

        double cyclesAnAccess() {
            execute(WARM_UP_ACCESSES);
            Pmu before = machine.board().cpu(task.cpu()).pmu().copy();
            machine.board().sample();
            execute(accesses);
            Pmu seen = machine.board().cpu(task.cpu()).pmu().since(before);
            int node = machine.board().topology().nodeOfCpu(task.cpu());
            CostModel costs = new CostModel(machine.board().profile(), 0);
            return costs.cycles(node, seen, machine.board().traits(costs, 1)).runtime() / seen.accesses;
        }

        private void execute(long count) {
            AccessBatch batch = new AccessBatch();
            for (long done = 0; done < count; done += batch.rawAccesses()) {
                batch.clear();
                stream.fill(batch);
                machine.board().cpu(task.cpu()).run(batch);
            }
        }
    }
}
