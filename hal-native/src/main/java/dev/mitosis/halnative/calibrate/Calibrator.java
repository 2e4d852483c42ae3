package dev.mitosis.halnative.calibrate;

import dev.mitosis.halnative.board.BoundMemory;
import dev.mitosis.halnative.discovery.ProbeSettings;
import dev.mitosis.halnative.discovery.TransferProbe;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.files.TaskStatus;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.topology.HostCache;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Measures a host piece by piece, within a budget of time: what matters most comes first, and what the budget does not suffice for is left
 * out and named.
 *
 * <p>Errors: {@link IOException} where the host refuses memory on a node, or a processor.
 */
public final class Calibrator {
    /** Hears what is being measured, and how many of how many pieces are done. */
    public interface Listener {
        void piece(String doing, int done, int all);
    }

    private static final int CACHES_OVER = 4;
    private static final int LEAST_BYTES = 64 << 20;
    private static final int MOST_BYTES = 1 << 30;
    private static final int PART_OF_FREE = 8;
    /** Two levels of latency are told apart from here on. Source: Mitosis measures 2.07, Sapphire Rapids has 1.7. */
    private static final double CLEARLY_FARTHER = 1.25;

    private final HostTopology host;
    private final LinuxCalls calls;
    private final BitSet usable;
    private final long seed;
    private final long budgetNanos;
    private long end;
    private final Listener listener;
    private final WalkProbe walkProbe;
    private final HostNoise noise;
    private final List<String> notes = new ArrayList<>();
    private int done;
    private int pieces;

    /**
     * A calibration that begins now.
     *
     * @param files where the host says what this process may use
     * @param budgetNanos after which nothing more is begun
     */
    public Calibrator(
            HostTopology host,
            LinuxCalls calls,
            SystemFiles files,
            long budgetNanos,
            long seed,
            WalkProbe walkProbe,
            Listener listener) {
        this.host = host;
        this.calls = calls;
        this.seed = seed;
        this.budgetNanos = budgetNanos;
        this.listener = listener;
        this.walkProbe = walkProbe;
        usable = TaskStatus.read(files).allowedCpus();
        usable.and(host.onlineCpus());
        noise = new HostNoise(files, host, usable);
        notes.addAll(noise.before());
    }

    private interface Piece<T> {
        T measure() throws IOException, InterruptedException;
    }

    /** Measures all of it. */
    public Calibration run() throws IOException, InterruptedException {
        int count = host.nodes().size();
        pieces = 4 * count * count + count + 4;
        NodePairs pairs = new NodePairs(calls, chaseBytes(), seed);
        PairTable idle = new PairTable(count);
        PairTable small = new PairTable(count);
        PairTable busy = new PairTable(count);
        PairTable bandwidth = new PairTable(count);
        listener.piece("the pace of a processor", done++, pieces);
        preheat();
        end = System.nanoTime() + budgetNanos;
        for (int from = 0; from < count; from++) {
            for (int to = 0; to < count; to++) {
                List<Integer> cpus = cpusOf(from);
                int node = BoundMemory.nodeAt(host, to);
                if (cpus.isEmpty() || host.nodes().get(to).sizeBytes() <= 0) {
                    done += 4;
                    continue;
                }
                int cpu = cpus.get(0);
                String way = "node " + host.nodes().get(from).number() + " to "
                        + host.nodes().get(to).number();
                idle.set(from, to, piece("latency, " + way, () -> pairs.idleNanos(cpu, node, BoundMemory.Pages.HUGE)));
                small.set(
                        from,
                        to,
                        piece(
                                "latency with 4 KiB pages, " + way,
                                () -> pairs.idleNanos(cpu, node, BoundMemory.Pages.BASE)));
                bandwidth.set(from, to, piece("bandwidth, " + way, () -> pairs.megabytesPerSecond(cpus, node)));
                List<Integer> others = othersThan(cpu, to);
                if (others.isEmpty()) {
                    done++;
                } else {
                    busy.set(from, to, piece("busy latency, " + way, () -> pairs.busyNanos(cpu, node, others)));
                }
            }
        }
        if (usable.cardinality() < 2) {
            notes.add("one processor may be used: nothing can be measured while another is busy");
        }
        PairTable walks = walks();
        int first = usable.nextSetBit(0);
        int home = BoundMemory.nodeAt(host, firstNodeWithMemory());
        List<Sweeps.Point> caches =
                orNone(piece("caches", () -> Sweeps.caches(calls, first, home, chaseBytes(), seed)));
        List<Sweeps.Point> tlbs = orNone(piece("TLBs", () -> Sweeps.tlbs(calls, first, home, seed)));
        List<List<Double>> lines = lines();
        compareWithFirmware(idle);
        notes.addAll(noise.after());
        return new Calibration(host, idle, small, busy, bandwidth, walks, lines, caches, tlbs, List.copyOf(notes));
    }

    /** Lets the frequency rise before anything is measured, and looks whether memory for huge pages is in huge pages. */
    private void preheat() throws IOException, InterruptedException {
        int cpu = usable.nextSetBit(0);
        long most = Math.min(CpuWarmUp.MOST_NANOS, budgetNanos / 10);
        boolean isSettled = Pinned.run(calls, cpu, () -> new CpuWarmUp(System::nanoTime).isSettledWithin(most));
        if (!isSettled) {
            notes.add("the pace of processor " + cpu
                    + " did not settle: frequencies change, or something else runs on it");
        }
        int node = BoundMemory.nodeAt(host, firstNodeWithMemory());
        Pinned.run(calls, cpu, () -> {
            try (BoundMemory memory = BoundMemory.map(calls, LEAST_BYTES, node, BoundMemory.Pages.HUGE)) {
                notes.addAll(noise.ofHugePages(memory.va(), LEAST_BYTES));
            }
            return true;
        });
    }

    private static List<Sweeps.Point> orNone(@Nullable List<Sweeps.Point> points) {
        return points == null ? List.of() : points;
    }

    private <T> @Nullable T piece(String doing, Piece<T> piece) throws IOException, InterruptedException {
        listener.piece(doing, done++, pieces);
        if (System.nanoTime() > end) {
            notes.add("the time did not suffice for: " + doing);
            return null;
        }
        return piece.measure();
    }

    private PairTable walks() throws IOException, InterruptedException {
        int count = host.nodes().size();
        PairTable walks = new PairTable(count);
        int[] numbers = host.cpuNumbers();
        List<Integer> walkers = new ArrayList<>();
        List<Integer> nodes = new ArrayList<>();
        for (int node = 0; node < count; node++) {
            List<Integer> cpus = cpusOf(node);
            if (!cpus.isEmpty()) {
                walkers.add(Arrays.binarySearch(numbers, cpus.get(0)));
                nodes.add(node);
            }
        }
        for (int i = 0; i < nodes.size(); i++) {
            int tables = nodes.get(i);
            if (host.nodes().get(tables).sizeBytes() <= 0) {
                continue;
            }
            int tableCpu = walkers.get(i);
            Measured[] column = piece(
                    "walks of tables on node " + host.nodes().get(tables).number(),
                    () -> walkProbe.nanosPerWalk(
                            host,
                            calls,
                            tableCpu,
                            walkers.stream().mapToInt(cpu -> cpu).toArray(),
                            seed));
            for (int j = 0; column != null && j < nodes.size(); j++) {
                walks.set(nodes.get(j), tables, column[j]);
            }
        }
        return walks;
    }

    /** Between all processors that may be used. */
    private List<List<Double>> lines() throws IOException, InterruptedException {
        int[] cpus = usable.stream().toArray();
        int pairs = cpus.length * (cpus.length - 1) / 2;
        long left = Math.max(1, end - System.nanoTime());
        double[][] lines = piece(
                "cache lines between processors",
                () -> TransferProbe.measure(calls, cpus, ProbeSettings.within(left, pairs), seed, visits -> {}));
        List<List<Double>> rows = new ArrayList<>();
        for (int from = 0; lines != null && from < lines.length; from++) {
            rows.add(Arrays.stream(lines[from]).boxed().toList());
        }
        return rows;
    }

    private List<Integer> cpusOf(int node) {
        BitSet cpus = host.nodes().get(node).cpus();
        cpus.and(usable);
        return cpus.stream().boxed().toList();
    }

    /** Processors that can keep a node's memory busy beside one: the node's own before others. */
    private List<Integer> othersThan(int cpu, int node) {
        List<Integer> own = new ArrayList<>(cpusOf(node));
        own.remove(Integer.valueOf(cpu));
        if (!own.isEmpty()) {
            return own;
        }
        BitSet others = (BitSet) usable.clone();
        others.clear(cpu);
        return others.stream().boxed().toList();
    }

    private int firstNodeWithMemory() {
        for (int node = 0; node < host.nodes().size(); node++) {
            if (host.nodes().get(node).sizeBytes() > 0) {
                return node;
            }
        }
        return 0;
    }

    /** Four times the last-level cache, and no more than an eighth of the least free memory of a node. */
    private int chaseBytes() {
        long last = host.caches().stream().mapToLong(HostCache::sizeBytes).max().orElse(LEAST_BYTES);
        long free = host.nodes().stream()
                .mapToLong(HostNode::freeBytes)
                .filter(bytes -> bytes > 0)
                .min()
                .orElse(MOST_BYTES);
        long wanted = Math.max(LEAST_BYTES, CACHES_OVER * last);
        long bytes = Math.min(Math.min(MOST_BYTES, wanted), Math.max(LEAST_BYTES / 4, free / PART_OF_FREE));
        if (bytes < wanted) {
            notes.add("chains are " + (bytes >> 20) + " MiB long, which is less than four times the last-level cache");
        }
        return (int) (bytes & -(2L << 20));
    }

    /** Firmware that calls all ways equal, where some are clearly longer; and the other way round. */
    private void compareWithFirmware(PairTable idle) {
        int count = host.nodes().size();
        double nearest = Double.MAX_VALUE;
        double farthest = 0;
        boolean isFlat = true;
        for (int from = 0; from < count; from++) {
            for (int to = 0; to < count; to++) {
                Optional<Measured> way = idle.get(from, to);
                if (from != to && way.isPresent()) {
                    nearest = Math.min(nearest, way.get().value());
                    farthest = Math.max(farthest, way.get().value());
                    isFlat &= host.distance(from, to) == host.distance(0, count - 1);
                }
            }
        }
        if (count > 2 && isFlat && farthest > CLEARLY_FARTHER * nearest) {
            notes.add(String.format(
                    Locale.ROOT,
                    "the firmware gives all remote nodes one distance, and they answer after %.0f to %.0f ns",
                    nearest,
                    farthest));
        }
    }
}
