package dev.mitosis.lab.experiments;

import dev.mitosis.hal.Frames;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.lab.published.CsvTable;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.mechanism.UpdateMode;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.replication.policy.Mitosis;
import dev.mitosis.replication.policy.PlacementPolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What mmap with MAP_POPULATE, mprotect and munmap cost with copies, beside what they cost without.
 *
 * <p>The kernel really does the calls, on the simulated machine; the cycles are those of the pieces of work that it reports. The
 * published run with "4 replicas" kept a master besides a copy on each of four nodes: policy {@code mitosis-4.17}.
 *
 * <p>The published rows of one copy have set what a call, an area and a page cost in the profile of the machine; what copies add
 * comes from the links, exchanges and cache lines of the update.
 *
 * <p>Source: Mitosis (ASPLOS'20) table 5; the numbers are those of the published artifact, average cycles.
 */
final class Table5 implements Experiment {
    private static final long VA = 1L << 40;
    private static final String[] OPERATIONS = {"MAP", "PROTECT", "UNMAP"};
    private static final long[] SIZES = {1, 2048, 1 << 20};
    /** Repetitions before and while counting: few of what is large. */
    private static final int WARM_UPS = 2;

    private static final int REPETITIONS = 3;

    /** Average cycles of the artifact: one copy, four replicas; by operation and size. */
    private static final long[][][] PUBLISHED = {
        {{2522, 2701}, {3_153_672, 3_436_461}, {3_405_047_973L, 3_587_564_995L}},
        {{939, 1144}, {123_479, 527_486}, {62_924_256, 272_382_045}},
        {{2134, 2282}, {636_638, 968_732}, {301_135_834, 475_517_307}},
    };

    @Override
    public String id() {
        return "table5";
    }

    @Override
    public String description() {
        return "cycles of mmap, mprotect and munmap with copies and without (Mitosis table 5)";
    }

    @Override
    public boolean hasBars() {
        return false;
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) throws IOException {
        Map<String, Double> published = published(settings);
        List<PlacementPolicy> policies = List.of(
                new FirstTouch(),
                new Mitosis(Mitosis.Variant.LINUX_4_17),
                new Mitosis(),
                new Mitosis(Mitosis.Variant.BATCHED));
        List<double[][]> cycles = new ArrayList<>();
        for (PlacementPolicy policy : policies) {
            listener.part(cycles.size(), policies.size(), policy.name());
            cycles.add(measure(policy, settings));
        }
        List<Row> rows = new ArrayList<>();
        for (int operation = 0; operation < OPERATIONS.length; operation++) {
            for (int size = 0; size < SIZES.length; size++) {
                String workload = OPERATIONS[operation] + " " + SIZES[size];
                double one = cycles.get(0)[operation][size];
                rows.add(row(workload + " cycles", "1", published.get(workload + " 1"), one, true));
                double publishedOne = published.getOrDefault(workload + " 1", Double.NaN);
                double publishedFour = published.getOrDefault(workload + " 4", Double.NaN);
                for (int policy = 1; policy < policies.size(); policy++) {
                    double ratio = cycles.get(policy)[operation][size] / one;
                    Double known = policy == 1 ? publishedFour / publishedOne : null;
                    rows.add(row(workload, policies.get(policy).name() + " / 1", known, ratio, false));
                }
            }
        }
        double[][] single = cycles.get(2);
        double[][] batched = cycles.get(3);
        double[][] none = cycles.get(0);
        double perPage = (single[1][2] - none[1][2]) / SIZES[2];
        double perPageBatched = (batched[1][2] - none[1][2]) / SIZES[2];
        return new Figure(
                id(),
                "mmap, mprotect and munmap with copies, as a multiple of one copy; base rows in cycles",
                "multiple of one copy",
                rows,
                List.of(String.format(
                        Locale.ROOT,
                        "Batching: four copies add %.0f cycles a page to a 4 GiB mprotect entry by entry, %.0f in ranges"
                                + " (%.1fx less).",
                        perPage,
                        perPageBatched,
                        perPage / perPageBatched)));
    }

    private static Row row(
            String workload, String config, @Nullable Double published, double predicted, boolean isBaseline) {
        if (published == null || published.isNaN()) {
            return Row.alone(workload, config, predicted);
        }
        return isBaseline
                ? Row.baseline(workload, config, published, predicted)
                : Row.of(workload, config, published, predicted);
    }

    /** Average cycles by "OPERATION pages replicas". */
    private static Map<String, Double> published(ExperimentSettings settings) throws IOException {
        Map<String, Double> published = new LinkedHashMap<>();
        if (settings.reference().isPresent()) {
            CsvTable table = CsvTable.read(settings.reference().get());
            table.require("operation", "pages", "replicas", "avg_cycles");
            for (CsvTable.Line line : table.lines()) {
                published.put(
                        line.text("operation") + " " + line.text("pages") + " " + line.text("replicas"),
                        line.number("avg_cycles"));
            }
            return published;
        }
        for (int operation = 0; operation < OPERATIONS.length; operation++) {
            for (int size = 0; size < SIZES.length; size++) {
                String workload = OPERATIONS[operation] + " " + SIZES[size];
                published.put(workload + " 1", (double) PUBLISHED[operation][size][0]);
                published.put(workload + " 4", (double) PUBLISHED[operation][size][1]);
            }
        }
        return published;
    }

    /** Cycles of each operation at each size. */
    private static double[][] measure(PlacementPolicy policy, ExperimentSettings settings) {
        Machine machine =
                new Machine(MachineProfile.load("4s-haswell-ex"), KernelSettings.DEFAULT, policy, settings.seed());
        if (policy instanceof FirstTouch) {
            // The kernel that was measured changes single entries without copies too.
            machine.replicator().setUpdates(UpdateMode.ENTRY_BY_ENTRY);
        }
        Kernel kernel = machine.kernel();
        Task task = kernel.spawn(0);
        // A neighbour, so that the tables above a single page stay, as they do among a program's other areas.
        kernel.mmap(task, VA + (1L << 20), Frames.PAGE_BYTES, Abi.PROT_READ, flags() | Abi.MAP_POPULATE);
        double[][] cycles = new double[OPERATIONS.length][SIZES.length];
        for (int size = 0; size < SIZES.length; size++) {
            long base = SIZES[size] == 1 ? VA : VA + (1L << 21);
            int rounds = WARM_UPS + REPETITIONS;
            for (int round = 0; round < rounds; round++) {
                double[] once = once(machine, task, base, SIZES[size] * Frames.PAGE_BYTES);
                for (int operation = 0; round >= WARM_UPS && operation < once.length; operation++) {
                    cycles[operation][size] += once[operation] / REPETITIONS;
                }
            }
        }
        return cycles;
    }

    private static double[] once(Machine machine, Task task, long va, long lengthBytes) {
        Kernel kernel = machine.kernel();
        long started = cycles(machine);
        kernel.mmap(task, va, lengthBytes, Abi.PROT_READ | Abi.PROT_WRITE, flags() | Abi.MAP_POPULATE);
        long mapped = cycles(machine);
        kernel.mprotect(task, va, lengthBytes, Abi.PROT_READ);
        long isProtected = cycles(machine);
        kernel.munmap(task, va, lengthBytes);
        long unmapped = cycles(machine);
        return new double[] {mapped - started, isProtected - mapped, unmapped - isProtected};
    }

    private static int flags() {
        return Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED;
    }

    private static long cycles(Machine machine) {
        return machine.board().cpu(0).pmu().kernelCycles;
    }
}
