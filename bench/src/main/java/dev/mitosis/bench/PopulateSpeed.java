package dev.mitosis.bench;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.synthetic.Workload;
import dev.mitosis.workloads.synthetic.WorkloadRegistry;
import java.util.Arrays;

/**
 * The papers' largest footprint, XSBench of 480 GB, on the four sockets of {@code 4s-haswell-ex}, each thread writing its share first, with one
 * page table and with four: how fast it is populated, and the heap that is reachable afterwards.
 */
final class PopulateSpeed {
    private static final String WORKLOAD = "xsbench-wide";
    private static final long HEAP_BYTES = 6L << 30;
    private static final int ROUNDS = 2;

    private PopulateSpeed() {}

    static void print(SpeedReport report) {
        if (Runtime.getRuntime().maxMemory() < HEAP_BYTES) {
            report.line("480 GB populated: needs a heap of " + (HEAP_BYTES >> 30) + " GiB, not measured");
            return;
        }
        Workload workload = WorkloadRegistry.find(WORKLOAD).orElseThrow();
        long pages = workload.footprintBytes() >> 12;
        for (String configuration : new String[] {"F", "F+M"}) {
            double[] pace = new double[ROUNDS];
            long heap = 0;
            long tables = 0;
            for (int round = 0; round < ROUNDS; round++) {
                SyntheticRun run = new SyntheticRun(
                        MachineProfile.load("4s-haswell-ex"),
                        workload,
                        Configuration.parse(configuration),
                        PolicyRegistry.find(configuration.endsWith("+M") ? "mitosis" : "first-touch"),
                        1);
                long started = ProcessorTime.nanos();
                Task task = run.populate();
                pace[round] = pages * 1e3 / (ProcessorTime.nanos() - started);
                if (task.mm().residentFrames() < pages) {
                    throw new IllegalStateException(task.mm().residentFrames() + " of " + pages + " pages");
                }
                tables = Arrays.stream(run.machine().pageTableBytes()).sum();
                heap = reachableBytes();
            }
            report.figure(
                    "populate 480 GB",
                    "" + configuration,
                    "million_pages_per_second",
                    Arrays.stream(pace).max().orElseThrow());
            report.figure("populate 480 GB", "" + configuration, "heap_gigabytes", heap / 1e9);
            report.line(
                    "480 GB populated, %-4s %5.1f M pages/s, %.2f GB of page tables, %.2f GB of heap",
                    configuration + ":", Arrays.stream(pace).max().orElseThrow(), tables / 1e9, heap / 1e9);
        }
    }

    private static long reachableBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
