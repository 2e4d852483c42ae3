package dev.mitosis.lab.experiments;

import dev.mitosis.hal.Frames;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.kvm.ShadowTables;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.GuestPages;
import dev.mitosis.lab.run.GuestRun;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A guest under shadow tables beside one under extended tables: what a change of the guest's tables costs when every store to them traps, and
 * what is won by walks that are as short as without a guest, wherever the shadow is.
 *
 * <pre>
 *   first use       a store to each page of new memory: faults of the guest, of the host, and of the shadow
 *   protect         mprotect of those pages and back, 2,048 at a time, and a store to each
 *   steady          the workload, whose pages have all been used
 * </pre>
 *
 * <p>Nothing is fitted. What is published of shadow tables (XSBench, {@code SL} and {@code SLM}) is not documented by its authors, and not
 * compared with.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.5.
 */
final class GuestShadow implements Experiment {
    private static final long ACCESSES = 3_000_000;
    private static final long QUICK_ACCESSES = 1_000_000;
    private static final long WARM_UP_ACCESSES = 3_000_000;
    private static final int NEW_PAGES = 1 << 15;
    private static final int PAGES_A_CALL = 2048;
    private static final int LOCAL = 0;
    private static final int REMOTE = 1;
    private static final int PARTS = 3;

    private final MachineProfile profile;
    private final Workload workload;

    GuestShadow(MachineProfile profile, Workload workload) {
        this.profile = profile;
        this.workload = workload;
    }

    @Override
    public String id() {
        return "vm-shadow";
    }

    @Override
    public String description() {
        return "shadow tables, one or a copy a socket, beside extended ones (vMitosis section 3.5)";
    }

    @Override
    public boolean hasBars() {
        return false;
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) {
        settings.refuseReference(id());
        listener.part(0, PARTS, "extended tables");
        Guest extended = new Guest(new GuestRun(profile, workload, GuestPages.BASE, settings.seed()), settings);
        double extendedFirst = extended.firstUse();
        double extendedProtect = extended.protect();
        double extendedLocal = extended.steady(0);
        extended.run.vm().replicator().move(extended.run.task().mm(), REMOTE);
        extended.run.vm().ept().move(REMOTE);
        double extendedRemote = extended.steady(1L << REMOTE);

        listener.part(1, PARTS, "shadow tables");
        Guest shadowed = new Guest(GuestRun.shadowed(profile, workload, GuestPages.BASE, settings.seed()), settings);
        double first = shadowed.firstUse();
        double protect = shadowed.protect();
        double local = shadowed.steady(0);
        ShadowTables shadow = shadowed.run.vm().shadow().orElseThrow();
        shadow.move(REMOTE);
        double remote = shadowed.steady(1L << REMOTE);
        shadow.replicate((1L << profile.nodes()) - 1);
        double copies = shadowed.steady(1L << REMOTE);
        double firstWithCopies = shadowed.firstUse();
        double protectWithCopies = shadowed.protect();

        listener.part(2, PARTS, "no guest");
        double alone = withoutGuest(settings);

        List<Row> rows = new ArrayList<>();
        add(rows, "first use", "extended", extendedFirst, extendedFirst);
        add(rows, "first use", "shadow", extendedFirst, first);
        add(rows, "first use", "shadow, copies", extendedFirst, firstWithCopies);
        add(rows, "protect", "extended", extendedProtect, extendedProtect);
        add(rows, "protect", "shadow", extendedProtect, protect);
        add(rows, "protect", "shadow, copies", extendedProtect, protectWithCopies);
        add(rows, "steady", "extended", extendedLocal, extendedLocal);
        add(rows, "steady", "extended, remote, busy", extendedLocal, extendedRemote);
        add(rows, "steady", "shadow", extendedLocal, local);
        add(rows, "steady", "shadow, remote, busy", extendedLocal, remote);
        add(rows, "steady", "shadow, copies", extendedLocal, copies);
        add(rows, "steady", "no guest", extendedLocal, alone);
        return new Figure(
                id(),
                "Shadow tables",
                "percent of the pace with extended tables",
                rows,
                List.of(
                        String.format(
                                Locale.ROOT,
                                "A page's first use takes %,.0f cycles with extended tables and %,.0f with shadow tables, a protection and its use %,.0f and %,.0f.",
                                extendedFirst,
                                first,
                                extendedProtect,
                                protect),
                        earned(first - extendedFirst, extendedLocal - local)));
    }

    private double withoutGuest(ExperimentSettings settings) {
        Configuration local = Configuration.parse("LP-LD");
        RunResult result = new SyntheticRun(
                        profile, workload, local, PolicyRegistry.find(local.policy()), settings.seed())
                .run(accesses(settings), done -> {});
        return result.cycles().runtime() / result.counts().accesses;
    }

    private static long accesses(ExperimentSettings settings) {
        return settings.isQuick() ? QUICK_ACCESSES : ACCESSES;
    }

    /** When what a first use costs more is won back, if it is. */
    private static String earned(double dearer, double savedAnAccess) {
        return savedAnAccess <= 0
                ? "Shorter walks save nothing here."
                : String.format(
                        Locale.ROOT,
                        "Shorter walks save %.0f cycles an access, so the first use is won back when a page has been used %.0f times.",
                        savedAnAccess,
                        Math.ceil(Math.max(0, dearer) / savedAnAccess));
    }

    private void add(List<Row> rows, String what, String config, double extended, double cycles) {
        rows.add(Row.alone(workload.name() + ", " + what, config, 100 * extended / cycles));
    }

    /** One guest, and the cycles of what it does. */
    private static final class Guest {
        private final GuestRun run;
        private final ExperimentSettings settings;
        private final Kernel kernel;
        private final Cpu cpu;
        private long va;

        Guest(GuestRun run, ExperimentSettings settings) {
            this.run = run;
            this.settings = settings;
            kernel = run.vm().kernel();
            cpu = run.vm().cpuOf(run.task().cpu());
        }

        /** Of a page of new memory. */
        double firstUse() {
            va = kernel.mmap(
                    run.task(),
                    0,
                    (long) NEW_PAGES << Frames.PAGE_SHIFT,
                    Abi.PROT_READ | Abi.PROT_WRITE,
                    Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_NORESERVE);
            return perPage(() -> store(0, NEW_PAGES));
        }

        /** Of a page of what was used first. */
        double protect() {
            return perPage(() -> {
                for (int page = 0; page < NEW_PAGES; page += PAGES_A_CALL) {
                    protect(page, Abi.PROT_READ);
                    protect(page, Abi.PROT_READ | Abi.PROT_WRITE);
                    store(page, page + PAGES_A_CALL);
                }
            });
        }

        private void protect(int page, int protection) {
            kernel.mprotect(
                    run.task(),
                    va + ((long) page << Frames.PAGE_SHIFT),
                    (long) PAGES_A_CALL << Frames.PAGE_SHIFT,
                    protection);
        }

        private void store(int from, int to) {
            AccessBatch batch = new AccessBatch();
            for (int page = from; page < to; page++) {
                if (batch.isFull()) {
                    cpu.run(batch);
                    batch.clear();
                }
                batch.add(va + ((long) page << Frames.PAGE_SHIFT), true);
            }
            cpu.run(batch);
        }

        private double perPage(Runnable work) {
            Pmu before = cpu.pmu().copy();
            work.run();
            return run.cycles(LOCAL, cpu.pmu().since(before), 0).runtime() / NEW_PAGES;
        }

        /** Of an access of the workload. */
        double steady(long busyNodes) {
            Pmu counts = run.count(accesses(settings), WARM_UP_ACCESSES);
            return run.cycles(LOCAL, counts, busyNodes).runtime() / counts.accesses;
        }
    }
}
