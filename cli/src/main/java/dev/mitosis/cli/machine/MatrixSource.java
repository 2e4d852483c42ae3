package dev.mitosis.cli.machine;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.Progress;
import dev.mitosis.halnative.discovery.ProbeSettings;
import dev.mitosis.halnative.discovery.TransferProbe;
import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.files.TaskStatus;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostCore;
import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kvm.discovery.KernelView;
import dev.mitosis.kvm.discovery.LatencyMatrix;
import dev.mitosis.kvm.discovery.MatrixCsv;
import dev.mitosis.kvm.discovery.SimulatedMatrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Where latencies come from: the options {@code --matrix} and {@code --machine}, or this host without either. */
final class MatrixSource {
    private static final int DEFAULT_SECONDS = 60;
    private static final int MOST_SECONDS = 86_400;

    @Option(
            names = "--matrix",
            paramLabel = "CSV",
            description = "Latencies that were measured before: a line a processor, as core-to-core-latency writes it.")
    private @Nullable Path file;

    @Parameters(arity = "0..1", paramLabel = "CSV", description = "The same as --matrix CSV.")
    private @Nullable Path bare;

    @Option(
            names = "--machine",
            paramLabel = "M",
            description = "Latencies of a simulated machine: 2s-cascade-lake, 2s-ice-lake, 2s-sapphire-rapids,"
                    + " 4s-cascade-lake, 4s-haswell-ex.")
    private @Nullable String machine;

    @Option(
            names = "--mhz",
            paramLabel = "F",
            description = "With --matrix: it is in cycles of F MHz, not nanoseconds.")
    private @Nullable Double megahertz;

    @Option(
            names = "--cpus",
            paramLabel = "LIST",
            description = "On this host: measure these processors, such as 0-3,8 (default: all that may be used).")
    private @Nullable String cpus;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "On this host: stop measuring after N seconds (default: 60).")
    private @Nullable Integer seconds;

    @Option(
            names = "--noise",
            paramLabel = "PERCENT",
            description = "Change each latency at random by up to so much, to see what stays.")
    private double noisePercent;

    @Option(names = "--renumber", description = "Number processors at random, to see what stays.")
    private boolean renumber;

    /** What was asked for, and of what. */
    record Source(String name, LatencyMatrix matrix, BitSet cpuNumbers, Optional<HostTopology> host) {
        /** What the kernel says of these processors. */
        KernelView kernel() {
            int[] numbers = cpuNumbers.stream().toArray();
            int[] coreOf = new int[numbers.length];
            int[] packageOf = new int[numbers.length];
            Arrays.fill(packageOf, -1);
            List<HostCore> cores = host.map(of -> of.details().cores()).orElse(List.of());
            for (int core = 0; core < cores.size(); core++) {
                for (int cpu = 0; cpu < numbers.length; cpu++) {
                    if (cores.get(core).cpus().get(numbers[cpu])) {
                        coreOf[cpu] = core;
                        packageOf[cpu] = cores.get(core).packageId();
                    }
                }
            }
            boolean isKnown = Arrays.stream(packageOf).allMatch(number -> number >= 0);
            return isKnown ? new KernelView(coreOf, packageOf) : KernelView.NONE;
        }
    }

    Source read(long seed) throws IOException, InterruptedException {
        if (bare != null) {
            if (file != null) {
                throw CommandException.usage("--matrix " + file + " and " + bare + " are two files; give one");
            }
            file = bare;
        }
        checkOptions();
        Source source = file != null ? fromFile(file) : machine != null ? simulated(machine) : measured(seed);
        Random random = new Random(seed);
        LatencyMatrix matrix = source.matrix;
        StringBuilder name = new StringBuilder(source.name);
        if (renumber) {
            matrix = matrix.renumbered(shuffled(matrix.size(), random));
            name.append(", renumbered");
        }
        if (noisePercent > 0) {
            matrix = matrix.withNoise(noisePercent / 100, random);
            name.append(", noise of ").append(noisePercent).append(" %");
        }
        if (matrix != source.matrix) {
            name.append(", seed ").append(seed);
        }
        return new Source(name.toString(), matrix, source.cpuNumbers, source.host);
    }

    private void checkOptions() {
        if (file != null && machine != null) {
            throw CommandException.usage("--matrix and --machine both say where latencies come from; use one");
        }
        if ((file != null || machine != null) && (cpus != null || seconds != null)) {
            throw CommandException.usage("--cpus and --seconds are for measuring this host; leave them out");
        }
        if (megahertz != null && (file == null || !(megahertz >= 1) || megahertz > 1e5)) {
            throw CommandException.usage("--mhz goes with --matrix, and is a frequency such as 2200");
        }
        if (renumber && file == null && machine == null) {
            throw CommandException.usage("--renumber is for --matrix and --machine: this host keeps its numbers");
        }
        if (!(noisePercent >= 0) || noisePercent >= 100) {
            throw CommandException.usage("--noise is a percentage from 0 to 99, not " + noisePercent);
        }
        if (seconds != null && (seconds < 1 || seconds > MOST_SECONDS)) {
            throw CommandException.usage("--seconds is 1 to " + MOST_SECONDS + ", not " + seconds);
        }
    }

    private Source fromFile(Path csv) throws IOException {
        try {
            LatencyMatrix matrix = MatrixCsv.read(csv);
            return numbered(csv.toString(), megahertz == null ? matrix : matrix.scaled(1000 / megahertz));
        } catch (IllegalArgumentException e) {
            throw CommandException.failure(String.valueOf(e.getMessage()));
        }
    }

    private static Source simulated(String name) {
        try {
            return numbered("simulated " + name, SimulatedMatrix.of(MachineProfile.load(name)));
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
    }

    private static Source numbered(String name, LatencyMatrix matrix) {
        BitSet numbers = new BitSet();
        numbers.set(0, matrix.size());
        return new Source(name, matrix, numbers, Optional.empty());
    }

    private Source measured(long seed) throws IOException, InterruptedException {
        FolderFiles files = FolderFiles.host();
        HostTopology host = new SysfsReader(files).read();
        BitSet usable = TaskStatus.read(files).allowedCpus();
        usable.and(host.onlineCpus());
        BitSet chosen = cpus == null ? usable : parse(cpus);
        BitSet missing = (BitSet) chosen.clone();
        missing.andNot(usable);
        if (!missing.isEmpty() || chosen.isEmpty()) {
            throw CommandException.usage("--cpus " + cpus + ": this process may use " + Bitmasks.list(usable));
        }
        int[] numbers = chosen.stream().toArray();
        if (numbers.length > LatencyMatrix.MOST_CPUS) {
            throw CommandException.usage(
                    numbers.length + " processors are too many; choose " + LatencyMatrix.MOST_CPUS + " with --cpus");
        }
        int pairs = numbers.length * (numbers.length - 1) / 2;
        long budgetSeconds = seconds == null ? DEFAULT_SECONDS : seconds;
        ProbeSettings settings = ProbeSettings.within(budgetSeconds * 1_000_000_000L, pairs);
        long visits = (long) settings.rounds() * pairs;
        try (Progress progress = Progress.of("measuring", visits, " pairs", 1)) {
            double[][] rows = TransferProbe.measure(new LibcCalls(), numbers, settings, seed, progress::to);
            return new Source("this host", LatencyMatrix.of(rows), chosen, Optional.of(host));
        }
    }

    private static BitSet parse(String list) {
        try {
            return Bitmasks.parseList(list);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage("--cpus: " + e.getMessage());
        }
    }

    private static int[] shuffled(int size, Random random) {
        int[] order = IntStream.range(0, size).toArray();
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }
}
