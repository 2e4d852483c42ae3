package dev.mitosis.lab.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.workloads.synthetic.AccessStream;
import dev.mitosis.workloads.synthetic.MemoryArea;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a run makes of a workload's areas. */
class SyntheticRunTest {
    private static final long HUGE_PAGE_BYTES = 2L << 20;
    private static final long TABLE_BYTES = 4096;

    /** An array of four huge pages, and a heap of as many that grows; reads both from their beginnings. */
    private static final class ArrayAndHeap implements Workload {
        @Override
        public String name() {
            return "array-and-heap";
        }

        @Override
        public String description() {
            return "an array and a heap";
        }

        @Override
        public List<MemoryArea> areas() {
            return List.of(
                    new MemoryArea("array", 4 * HUGE_PAGE_BYTES, HUGE_PAGE_BYTES),
                    new MemoryArea("heap", 4 * HUGE_PAGE_BYTES, HUGE_PAGE_BYTES, true));
        }

        @Override
        public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
            long[] at = {0};
            return batch -> {
                while (batch.va.length - batch.size >= 2) {
                    batch.add(areaVa[0] + at[0], false);
                    batch.add(areaVa[1] + at[0], false);
                    batch.instructions += 10;
                    at[0] += 64;
                }
            };
        }
    }

    private static SyntheticRun run(String configuration) {
        return new SyntheticRun(
                MachineProfile.load("4s-haswell-ex"),
                new ArrayAndHeap(),
                Configuration.parse(configuration),
                new FirstTouch(),
                1);
    }

    private static long tableBytes(SyntheticRun run) {
        run.populate();
        return Arrays.stream(run.machine().pageTableBytes()).sum();
    }

    @Test
    void aHeapThatGrowsGetsNoHugePages() {
        // Each 2 MiB of base pages has a leaf table.
        long whole = tableBytes(run("TLP-LD").mappedWhole());
        assertEquals(whole + 4 * TABLE_BYTES, tableBytes(run("TLP-LD")));
        assertEquals(whole + 8 * TABLE_BYTES, tableBytes(run("LP-LD")));
    }

    @Test
    void whatGrewIsAllThere() {
        RunResult result = run("TLP-LD").run(10 * AccessBatch.DEFAULT_CAPACITY, done -> {});
        assertEquals(0, result.counts().faults);
        assertEquals(0, result.counts().unexplained);
        assertEquals(8 * HUGE_PAGE_BYTES, Arrays.stream(result.dataBytes()).sum());
    }

    /** The load that the program makes itself is in its run time: the same counts cost more than on an idle memory. */
    @Test
    void aRunWaitsForItself() {
        SyntheticRun run = run("LP-RD");
        RunResult result = run.run(100 * AccessBatch.DEFAULT_CAPACITY, done -> {});
        double idle = new CostModel(MachineProfile.load("4s-haswell-ex"), 0)
                .cycles(0, result.counts(), run.traits())
                .runtime();
        assertTrue(result.cycles().runtime() > idle, result.cycles() + " and " + idle);
        assertTrue(result.cycles().runtime() < 1.2 * idle, result.cycles() + " and " + idle);
    }
}
