package dev.mitosis.bench;

import dev.mitosis.halnative.board.BoundMemory;
import dev.mitosis.halnative.calibrate.NodePairs;
import dev.mitosis.halnative.discovery.ProbeSettings;
import dev.mitosis.halnative.discovery.TransferProbe;
import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.files.TaskStatus;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.sysfs.SysfsReader;
import java.io.IOException;
import java.util.BitSet;

/** What calibration measures of this host, beside a few lines of C that measure the same: minima of rounds that take turns. */
final class HostProbes {
    private static final int ROUNDS = 5;
    private static final int CHASE_MIB = 128;
    private static final long EXCHANGE_NANOS = 2_000_000_000L;

    private HostProbes() {}

    static void print(SpeedReport report) throws IOException, InterruptedException {
        BitSet usable = TaskStatus.read(FolderFiles.host()).allowedCpus();
        int one = usable.nextSetBit(0);
        int other = usable.nextSetBit(one + 1);
        LibcCalls calls = new LibcCalls();
        int node = homeOf(one);
        double[] best = {Double.MAX_VALUE, Double.MAX_VALUE, Double.MAX_VALUE, Double.MAX_VALUE};
        try (CReference reference = new CReference("probes")) {
            for (int round = 0; round < ROUNDS; round++) {
                least(best, 0, inC(reference, "chase", one, CHASE_MIB));
                NodePairs pairs = new NodePairs(calls, CHASE_MIB << 20, round);
                least(
                        best,
                        1,
                        pairs.idleNanos(one, node, BoundMemory.Pages.HUGE).value());
                if (other >= 0) {
                    least(best, 2, inC(reference, "exchange", one, other));
                    ProbeSettings settings = ProbeSettings.within(EXCHANGE_NANOS, 1);
                    double[][] lines =
                            TransferProbe.measure(calls, new int[] {one, other}, settings, round, visits -> {});
                    least(best, 3, lines[0][1]);
                }
            }
        }
        print(report, "memory, " + CHASE_MIB + " MiB", best[0], best[1]);
        if (other >= 0) {
            print(report, "line from " + Bitmasks.list(usable.get(0, one + 1)) + " to " + other, best[2], best[3]);
        }
    }

    private static void least(double[] best, int place, double nanos) {
        best[place] = Math.min(best[place], nanos);
    }

    private static int homeOf(int cpu) {
        return new SysfsReader(FolderFiles.host())
                .readNodes().nodes().stream()
                        .filter(node -> node.cpus().get(cpu))
                        .findFirst()
                        .orElseThrow()
                        .number();
    }

    private static double inC(CReference reference, String what, int a, int b)
            throws IOException, InterruptedException {
        return reference.run(what, Integer.toString(a), Integer.toString(b))[0] / 1000.0;
    }

    private static void print(SpeedReport report, String what, double inC, double ours) {
        report.figure("probes", what, "ns_in_c", inC);
        report.figure("probes", what, "ns_by_calibrate", ours);
        report.line("%-24s %6.1f ns in C, %6.1f ns by calibrate: %.2fx", what, inC, ours, ours / inC);
    }
}
