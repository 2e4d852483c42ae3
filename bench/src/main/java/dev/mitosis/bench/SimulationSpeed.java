package dev.mitosis.bench;

import com.sun.management.ThreadMXBean;
import dev.mitosis.halnative.calibrate.Pinned;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.files.TaskStatus;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.quantum.Quanta;
import dev.mitosis.mm.Task;
import dev.mitosis.workloads.synthetic.WorkloadRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How fast accesses are simulated, beside a C program of the same algorithm that is compiled here and runs in turn with it: what
 * {@code ./mitosis bench} prints.
 *
 * <p>A figure is the median of rounds; a ratio is the median of the ratios of neighbours in time. One thread is measured in the time that
 * a processor spent on it, on the same one as C, since processors of a shared host are not always equally fast; several in the time that
 * passed. The counters of both must be equal, or it stops.
 */
public final class SimulationSpeed {
    private static final int ROUNDS = 7;
    private static final int WARM_ROUNDS = 2;
    private static final int ACCESSES = 8 << 20;
    private static final int BATCHES = ACCESSES / AccessBatch.DEFAULT_CAPACITY;
    private static final int[] HIT_PERCENTS = {0, 90};
    /** Workloads of the papers' single-socket runs: an array, a tree, a hash table and look-ups in sorted grids. */
    private static final List<String> GUEST_WORKLOADS = List.of("gups", "btree", "redis", "xsbench");

    private SimulationSpeed() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        String format = "text";
        Path folder = null;
        for (int i = 0; i + 1 < args.length; i += 2) { // the launcher has checked them
            if (args[i].equals("--format")) {
                format = args[i + 1];
            } else {
                folder = Path.of(args[i + 1]);
            }
        }
        SpeedReport report = new SpeedReport(System.out, format, folder);
        measure(report);
        report.finish();
    }

    private static void measure(SpeedReport report) throws IOException, InterruptedException {
        LibcCalls calls = new LibcCalls();
        int cpu = TaskStatus.read(FolderFiles.host()).allowedCpus().nextSetBit(0);
        report.line("M accesses/s of processor time on one thread, median of " + ROUNDS + " rounds of "
                + (ACCESSES >> 20) + " Mi accesses; ratios within a round\n");
        report.line("                               C -O3   translation   of C   full model   of C   bytes/access");
        // A program that is started from a thread has the thread's processors.
        Pinned.run(calls, cpu, () -> compareWithC(report));
        report.line("");
        for (int hitPercent : HIT_PERCENTS) {
            sideBySide(report, hitPercent);
        }
        Pinned.run(calls, cpu, () -> compareWithGuests(report));
        report.line("");
        PopulateSpeed.print(report);
        report.line("");
        HostProbes.print(report);
        RecordingSpeed.print(report);
        String home = System.getProperty("mitosis.home");
        if (home != null) {
            StartSpeed.print(report, Path.of(home));
        }
    }

    private static @Nullable Void compareWithC(SpeedReport report) throws IOException, InterruptedException {
        try (CReference reference = new CReference("translation")) {
            for (int hitPercent : HIT_PERCENTS) {
                compare(report, reference, hitPercent);
            }
        }
        return null;
    }

    private static @Nullable Void compareWithGuests(SpeedReport report) {
        for (int hitPercent : HIT_PERCENTS) {
            NestedSpeed.print(report, hitPercent);
        }
        for (String name : GUEST_WORKLOADS) {
            NestedSpeed.print(report, WorkloadRegistry.find(name).orElseThrow());
        }
        return null;
    }

    private static void compare(SpeedReport report, CReference reference, int hitPercent)
            throws IOException, InterruptedException {
        AccessBatch[] loads = TranslationMachine.batches(BATCHES, hitPercent, false);
        AccessBatch[] mixed = TranslationMachine.batches(BATCHES, hitPercent, true);
        TranslationMachine alone = new TranslationMachine(false);
        TranslationMachine full = new TranslationMachine(true);
        double[] inC = new double[ROUNDS];
        double[] translation = new double[ROUNDS];
        double[] whole = new double[ROUNDS];
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (int round = -WARM_ROUNDS; round < ROUNDS; round++) {
            long[] printed = reference.run(Integer.toString(hitPercent), Integer.toString(ACCESSES));
            Pmu before = alone.board.cpu(0).pmu().copy();
            alone.forget();
            double translationPace = pace(alone, loads);
            long[] ours = TranslationMachine.counters(alone.board.cpu(0).pmu().since(before));
            if (!Arrays.equals(ours, Arrays.copyOfRange(printed, 1, printed.length))) {
                throw new IllegalStateException("counters differ: " + Arrays.toString(ours) + " here, "
                        + Arrays.toString(printed) + " in C after its time");
            }
            long bytes = thread.getThreadAllocatedBytes(Thread.currentThread().getId());
            double wholePace = pace(full, mixed);
            allocated = thread.getThreadAllocatedBytes(Thread.currentThread().getId()) - bytes;
            if (round >= 0) {
                inC[round] = ACCESSES * 1e3 / printed[0];
                translation[round] = translationPace;
                whole[round] = wholePace;
            }
        }
        String name = TranslationMachine.name(hitPercent);
        report.figure("C -O3", name, "million_accesses_per_second", median(inC));
        report.figure("translation", name, "million_accesses_per_second", median(translation));
        report.figure("translation", name, "ratio_to_c", median(ratios(translation, inC)));
        report.figure("full model", name, "million_accesses_per_second", median(whole));
        report.figure("full model", name, "ratio_to_c", median(ratios(whole, inC)));
        report.line(
                "%-28s %7.1f %13.1f %6.2f %12.1f %6.2f %14.4f",
                name,
                median(inC),
                median(translation),
                median(ratios(translation, inC)),
                median(whole),
                median(ratios(whole, inC)),
                (double) allocated / ACCESSES);
    }

    private static double pace(TranslationMachine machine, AccessBatch[] batches) {
        long started = ProcessorTime.nanos();
        for (AccessBatch batch : batches) {
            machine.board.cpu(0).run(batch);
        }
        return ACCESSES * 1e3 / (ProcessorTime.nanos() - started);
    }

    /** Four sockets on one host thread and on two, in turn: the full model, with the filling of batches. */
    private static void sideBySide(SpeedReport report, int hitPercent) {
        TranslationMachine machine = new TranslationMachine(true);
        int[] cpus = machine.tasks.stream().mapToInt(Task::cpu).toArray();
        double[] one = new double[ROUNDS];
        double[] two = new double[ROUNDS];
        try (Quanta alone = new Quanta(machine.board, cpus, 1);
                Quanta both = new Quanta(machine.board, cpus, 2)) {
            for (int round = -WARM_ROUNDS; round < ROUNDS; round++) {
                double alonePace = pace(alone, hitPercent);
                double bothPace = pace(both, hitPercent);
                if (round >= 0) {
                    one[round] = alonePace;
                    two[round] = bothPace;
                }
            }
        }
        report.figure(
                "four sockets", TranslationMachine.name(hitPercent), "ratio_of_two_threads", median(ratios(two, one)));
        report.line(
                "four sockets, %-22s one thread %5.1f, two threads %5.1f: %.2fx",
                TranslationMachine.name(hitPercent) + ":", median(one), median(two), median(ratios(two, one)));
    }

    private static double pace(Quanta quanta, int hitPercent) {
        long started = System.nanoTime();
        long done = 0;
        while (done < ACCESSES) {
            long from = done;
            done += quanta.run(
                    (cpu, batch) -> TranslationMachine.fill(batch, from + (long) cpu * ACCESSES, hitPercent, true));
        }
        return done / ((System.nanoTime() - started) / 1e3);
    }

    static double[] ratios(double[] above, double[] below) {
        double[] ratios = new double[above.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = above[i] / below[i];
        }
        return ratios;
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
