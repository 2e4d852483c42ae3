package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.run.GuestPages;
import dev.mitosis.lab.run.GuestRun;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.ArrayList;
import java.util.List;

/**
 * Throughput after a migration while the old node is busy, in percent of that before: of a program inside a wide guest, and of a thin guest
 * as a whole. Data and threads move; which tables follow is the question.
 *
 * <p>Nothing is fitted, and nothing published to compare with: the figure shows curves over time, of which this is the level at the end.
 *
 * <p>Source: vMitosis (ASPLOS'21) figure 6.
 */
final class GuestMigration implements Experiment {
    private static final long ACCESSES = 3_000_000;
    private static final long QUICK_ACCESSES = 1_000_000;
    private static final long WARM_UP_ACCESSES = 3_000_000;
    private static final int NEW_NODE = 1;
    private static final long OLD_NODE_BUSY = 1;
    private static final int PARTS = 2;

    @Override
    public String id() {
        return "vm-fig6";
    }

    @Override
    public String description() {
        return "a program moved inside a guest, and a guest moved: which tables follow (vMitosis figure 6)";
    }

    @Override
    public boolean hasBars() {
        return false;
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) {
        settings.refuseReference(id());
        Scenario scenario = new Scenario(MachineProfile.load("4s-cascade-lake"), Simulations.find("gups"), settings);
        listener.part(0, PARTS, "a program in a wide guest");
        scenario.programInGuest();
        listener.part(1, PARTS, "a thin guest");
        scenario.thinGuest();
        return new Figure(id(), "After a migration", "percent of the throughput before", scenario.rows, List.of());
    }

    /** The same accesses before and after. */
    private static final class Scenario {
        private final MachineProfile profile;
        private final Workload workload;
        private final ExperimentSettings settings;
        private final List<Row> rows = new ArrayList<>();

        Scenario(MachineProfile profile, Workload workload, ExperimentSettings settings) {
            this.profile = profile;
            this.workload = workload;
            this.settings = settings;
        }

        /** The program moves; its table was on the old node and so was the extended one. */
        void programInGuest() {
            GuestRun run = new GuestRun(profile, workload, GuestPages.BASE, settings.seed());
            double before = cycles(run, 0, 0);
            run.migrateInGuest(NEW_NODE);
            add("program moved", "before", before, before);
            add("program moved", "RRI", before, cycles(run, NEW_NODE, OLD_NODE_BUSY));
            run.vm().ept().migrateMisplaced();
            add("program moved", "RRIE", before, cycles(run, NEW_NODE, OLD_NODE_BUSY));
            run.vm().replicator().move(run.task().mm(), NEW_NODE);
            add("program moved", "RRIM", before, cycles(run, NEW_NODE, OLD_NODE_BUSY));
            run.vm().ept().move(0);
            add("program moved", "RRIG", before, cycles(run, NEW_NODE, OLD_NODE_BUSY));
            run.vm().replicator().replicate(run.task().mm(), run.vm().topology().allNodes());
            run.vm().ept().replicate(run.vm().topology().allNodes());
            add("program moved", "V-IR", before, cycles(run, NEW_NODE, OLD_NODE_BUSY));
        }

        /** The guest moves: its tables are memory and go along, the extended one does not. */
        void thinGuest() {
            GuestRun run = GuestRun.thin(profile, workload, GuestPages.BASE, settings.seed());
            double before = cycles(run, 0, 0);
            run.migrateGuest(NEW_NODE);
            add("guest moved", "before", before, before);
            add("guest moved", "RI", before, cycles(run, NEW_NODE, OLD_NODE_BUSY));
            run.vm().ept().migrateMisplaced();
            add("guest moved", "RIE", before, cycles(run, NEW_NODE, OLD_NODE_BUSY));
            run.vm().ept().replicate((1L << profile.nodes()) - 1);
            add("guest moved", "O-IR", before, cycles(run, NEW_NODE, OLD_NODE_BUSY));
        }

        private void add(String what, String config, double before, double cycles) {
            rows.add(Row.alone(workload.name() + ", " + what, config, 100 * before / cycles));
        }

        private double cycles(GuestRun run, int node, long busyNodes) {
            Pmu counts = run.count(settings.isQuick() ? QUICK_ACCESSES : ACCESSES, WARM_UP_ACCESSES);
            return run.cycles(node, counts, busyNodes).runtime();
        }
    }
}
