package dev.mitosis.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.report.ResultCsv;
import dev.mitosis.lab.report.ResultJson;
import dev.mitosis.lab.report.ResultText;
import dev.mitosis.lab.whatif.Answer;
import dev.mitosis.lab.whatif.Placement;
import dev.mitosis.lab.whatif.PolicyRow;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.Scenario;
import dev.mitosis.lab.whatif.ScenarioAnswer;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.trace.TraceFileWriter;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers about programs whose answer one knows. */
class WhatIfTest {
    private static final MachineProfile MACHINE =
            MachineProfile.load("4s-haswell-ex").withLastLevelShare(0.02);
    private static final long VA = 1L << 36;

    @TempDir
    private Path folder = Path.of(".");

    /** A program that maps memory, touches each page, then reads random words: threads 0 to n - 1 in turn. */
    private Recording record(int threads, long pages, int accesses) throws IOException {
        return record(threads, pages, accesses, i -> (int) pages);
    }

    /** The same, where access {@code i} is to one of the first so many pages; all are touched first, as far as they can be. */
    private Recording record(int threads, long pages, int accesses, LongToIntFunction reach) throws IOException {
        Path trace = folder.resolve("program.mtrace");
        Random random = new Random(1);
        try (TraceFileWriter writer = new TraceFileWriter(trace)) {
            writer.processStarted(0, -1, false, "program");
            for (int thread = 0; thread < threads; thread++) {
                writer.threadStarted(0, thread);
            }
            writer.systemCall(0, 0, 9, new long[] {0, pages << 12, 3, 0x22, -1, 0}, VA);
            AccessBatch batch = new AccessBatch();
            for (long i = 0; i < pages + accesses; i++) {
                long page = i < reach.applyAsInt(i) ? i : random.nextInt(reach.applyAsInt(i));
                batch.add(VA + (page << 12) + 64L * random.nextInt(64), i < pages);
                batch.instructions += 4;
                if (batch.isFull()) {
                    writer.accesses(0, (int) (i / 1024) % threads, batch);
                    batch.clear();
                }
            }
            writer.accesses(0, 0, batch);
            writer.processExited(0, 0);
            writer.end(true);
            writer.commit();
        }
        return WhatIf.scan(trace);
    }

    private static WhatIf whatIf(int hostThreads) {
        return new WhatIf(MACHINE, KernelSettings.DEFAULT, PolicyRegistry.compared(), List.of(), 1, hostThreads);
    }

    private static PolicyRow row(ScenarioAnswer answer, String policy) {
        return answer.rows().stream()
                .filter(row -> row.policy().equals(policy))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aLargeRandomReaderThatIsMovedWantsItsTablesMoved() throws IOException {
        Recording recording = record(1, 200_000, 600_000);
        Answer answer = whatIf(2).answer(recording, List.of(), done -> {});
        assertEquals(1, answer.scenarios().size());
        ScenarioAnswer moved = answer.scenarios().get(0);
        assertEquals(Scenario.MOVED, moved.scenario());
        // It was moved when it had touched 95% of its pages; the tables of the rest are local.
        assertEquals(95, moved.baseline().leafRemotePercent()[1], 0.5);
        assertTrue(
                row(moved, "migrate").speedup() > 1.1,
                "migrate: " + row(moved, "migrate").speedup());
        assertTrue(
                row(moved, "migrate").contendedSpeedup() > row(moved, "migrate").speedup());
        assertEquals(
                3 * row(moved, "first-touch").pageTableBytes(),
                row(moved, "mitosis").extraTableBytes());
        assertTrue(moved.verdict().helps());
        assertEquals(0, answer.unexplained());
        assertEquals(0, answer.refusedCalls());
    }

    /** What counts is the program on its new socket; that its caches are filled there once is not the program. */
    @Test
    void aProgramThatFitsIntoTheCacheFindsItThereAfterItsMove() throws IOException {
        // It has loaded when it begins to touch the last of its pages, in the middle.
        Recording recording = record(1, 100, 200_000, i -> i < 100_000 ? 90 : 100);
        Pmu counts = whatIf(1)
                .answer(recording, List.of(), done -> {})
                .scenarios()
                .get(0)
                .baseline()
                .counts();
        long ofMemory = 0;
        for (int node = 0; node < counts.nodes(); node++) {
            ofMemory += counts.dataReads(Pmu.MEMORY + node);
        }
        long linesOfNewPages = 10 * 64;
        assertTrue(ofMemory < 2 * linesOfNewPages, ofMemory + " of 6,400 lines were fetched");
    }

    private static double cyclesOfAWalk(ScenarioAnswer answer) {
        return answer.baseline().cycles().walk() / answer.baseline().counts().walks;
    }

    /** A guest walks two trees, of which one stayed behind. */
    @Test
    void inAGuestWalksAreLonger() throws IOException {
        Recording recording = record(1, 200_000, 600_000);
        Answer alone = whatIf(2).answer(recording, List.of(), done -> {});
        Answer guest = whatIf(2).inGuest(true).answer(recording, List.of(), done -> {});
        ScenarioAnswer moved = guest.scenarios().get(0);
        assertEquals(0, guest.unexplained());
        assertTrue(
                cyclesOfAWalk(moved) > 1.2 * cyclesOfAWalk(alone.scenarios().get(0)), "two trees are walked, not one");
        // The guest's table stayed behind; frames that its data moved to are mapped by extended tables of the new node.
        assertTrue(
                row(moved, "migrate").speedup() > 1.05,
                "migrate: " + row(moved, "migrate").speedup());
    }

    private static Answer placed(Recording recording, Mempolicy mempolicy, int... cpus) throws IOException {
        BitSet where = new BitSet();
        for (int cpu : cpus) {
            where.set(cpu);
        }
        return whatIf(2).placed(Optional.of(new Placement(where, mempolicy))).answer(recording, List.of(), done -> {});
    }

    /** Linux takes page tables from where the memory policy says, and so a copy of them on the thread's own node is what helps. */
    @Test
    void aProgramThatIsBoundToAnotherNodesMemoryHasItsTablesThereToo() throws IOException {
        int cpuOfNode1 = 14;
        Answer answer = placed(record(1, 200_000, 600_000), Mempolicy.bind(0b0100), cpuOfNode1);
        assertEquals(1, answer.scenarios().size());
        ScenarioAnswer placed = answer.scenarios().get(0);
        assertEquals(Scenario.PLACED, placed.scenario());
        long[] tables = placed.baseline().pageTableBytes();
        assertTrue(tables[2] > 0 && tables[0] + tables[1] + tables[3] == 0, Arrays.toString(tables));
        long[] data = placed.baseline().dataBytes();
        assertTrue(data[2] >= 200_000L << 12 && data[0] + data[1] + data[3] == 0, Arrays.toString(data));
        assertEquals(100, placed.baseline().leafRemotePercent()[1]);
        assertEquals(
                0,
                placed.baseline().counts().walks
                        - placed.baseline().countsOfNode().get(1).walks);
        assertEquals("mitosis", placed.verdict().policy());
        assertTrue(
                row(placed, "mitosis").speedup() > 1.1,
                "mitosis: " + row(placed, "mitosis").speedup());
        assertEquals(List.of("placed by you: threads on processors 14, memory bound to node 2"), answer.notes());
    }

    @Test
    void threadsTakeTurnsOnTheNodesOfTheirProcessorsAndMemoryOnThoseOfItsPolicy() throws IOException {
        Answer answer = placed(record(4, 10_000, 40_000), Mempolicy.interleave(0b1001), 0, 1, 28, 29);
        ScenarioAnswer placed = answer.scenarios().get(0);
        long[] data = placed.baseline().dataBytes();
        assertTrue(Math.abs(data[0] - data[3]) <= 1 << 14, Arrays.toString(data));
        assertEquals(0, data[1] + data[2]);
        for (int node = 0; node < 4; node++) {
            assertEquals(
                    node == 0 || node == 2, placed.baseline().countsOfNode().get(node).accesses > 0, "node " + node);
        }
    }

    @Test
    void aSmallProgramHasNoBenefitAndIsToldWhy() throws IOException {
        Answer answer = whatIf(1).answer(record(1, 20, 200_000), List.of(), done -> {});
        ScenarioAnswer moved = answer.scenarios().get(0);
        assertFalse(moved.verdict().helps());
        assertTrue(
                moved.verdict().sentence().contains("no benefit, because page walks take only"),
                moved.verdict().sentence());
    }

    @Test
    void severalThreadsAreJudgedSpreadAsWell() throws IOException {
        Answer answer = whatIf(2).answer(record(4, 100_000, 300_000), List.of(), done -> {});
        assertEquals(2, answer.scenarios().size());
        ScenarioAnswer wide = answer.scenarios().get(0);
        assertEquals(Scenario.WIDE, wide.scenario());
        for (int node = 0; node < 4; node++) {
            assertEquals(0, row(wide, "mitosis").result().leafRemotePercent()[node]);
            assertTrue(wide.baseline().leafRemotePercent()[node] > 50);
        }
    }

    @Test
    void theAnswerDoesNotDependOnTheNumberOfHostThreads() throws IOException {
        Recording recording = record(2, 5_000, 50_000);
        Answer one = whatIf(1).answer(recording, List.of(), done -> {});
        Answer three = whatIf(3).answer(recording, List.of(), done -> {});
        assertEquals(withoutTimes(ResultJson.of(one)), withoutTimes(ResultJson.of(three)));
    }

    /** One reading feeds all machines; each comes to what it comes to alone. */
    @Test
    void policiesInOneReadingAreAsIfEachHadItsOwn() throws IOException {
        Recording recording = record(2, 5_000, 150_000);
        Answer together = whatIf(2).answer(recording, List.of(), done -> {});
        for (PlacementPolicy policy :
                PolicyRegistry.compared().subList(1, PolicyRegistry.compared().size())) {
            Answer alone = new WhatIf(
                            MACHINE,
                            KernelSettings.DEFAULT,
                            List.of(PolicyRegistry.find("first-touch"), policy),
                            List.of(),
                            1,
                            1)
                    .answer(recording, List.of(), done -> {});
            for (int scenario = 0; scenario < 2; scenario++) {
                PolicyRow expected = row(alone.scenarios().get(scenario), policy.name());
                PolicyRow seen = row(together.scenarios().get(scenario), policy.name());
                assertEquals(
                        withoutTimes(ResultJson.of(expected.result())), withoutTimes(ResultJson.of(seen.result())));
                assertEquals(expected.speedups(), seen.speedups());
                assertEquals(expected.contendedSpeedups(), seen.contendedSpeedups());
                assertEquals(expected.updateShare(), seen.updateShare());
            }
        }
    }

    private Recording thin(Recording whole, SamplingPlan plan) throws IOException {
        return ProgramRecording.thin(whole, folder.resolve("thin.mtrace"), plan);
    }

    /** A tenth of a program that does the same all the time says what all of it says; tables and placement are exact. */
    @Test
    void windowsOfAProgramStandForAllOfIt() throws IOException {
        Recording whole = record(1, 100_000, 2_000_000);
        Recording windows = thin(whole, SamplingPlan.windows(10_000, 250_000, 12_000));
        assertEquals(whole.accesses(), windows.accesses());
        assertEquals(whole.instructions(), windows.instructions());
        assertEquals(whole.pages(), windows.pages());
        assertTrue(windows.recorded() < 0.2 * whole.accesses(), "recorded: " + windows.recorded());
        Answer all = whatIf(2).answer(whole, List.of(), done -> {});
        Answer estimate = whatIf(2).answer(windows, List.of(), done -> {});
        ScenarioAnswer exact = all.scenarios().get(0);
        ScenarioAnswer guess = estimate.scenarios().get(0);
        assertEquals(0, estimate.unexplained());
        for (PolicyRow row : exact.rows()) {
            PolicyRow other = row(guess, row.policy());
            assertEquals(row.speedup(), other.speedup(), 0.03, row.policy());
            assertEquals(row.pageTableBytes(), other.pageTableBytes());
            assertEquals(row.result().counts().instructions, other.result().counts().instructions);
            double walks = (double) other.result().counts().walks / row.result().counts().walks;
            assertEquals(1, walks, 0.03, row.policy() + ": walks");
        }
        assertTrue(row(exact, "migrate").speedup() > 1.05, "the program wants something");
    }

    @Test
    void theLastAccessesAreJudgedAlone() throws IOException {
        Recording whole = record(1, 20_000, 400_000);
        Recording last = thin(whole, SamplingPlan.last(100_000));
        Answer answer = whatIf(2).answer(last, List.of(), done -> {});
        PolicyRow base = answer.scenarios().get(0).rows().get(0);
        assertEquals(100_000, base.result().counts().accesses);
        assertEquals(whole.pages(), last.pages());
    }

    @Test
    void aRecordingWithoutAWindowWhereItCountsIsRefused() throws IOException {
        Recording whole = record(1, 2_000, 20_000);
        Recording windows = thin(whole, SamplingPlan.windows(1, 100_000_000_000L, 0));
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> whatIf(1).answer(windows, List.of(), done -> {}));
        assertTrue(String.valueOf(refused.getMessage()).contains("--every"), refused.getMessage());
    }

    private static String withoutTimes(String json) {
        return json.replaceAll("(?m)^.*\"(simSeconds|accessesPerSecond|recordSeconds)\".*$", "");
    }

    @Test
    void textJsonAndCsvHaveTheSameFacts() throws IOException {
        Answer answer = whatIf(2).answer(record(1, 2_000, 20_000), List.of("a note"), done -> {});
        ScenarioAnswer moved = answer.scenarios().get(0);
        JsonNode json = new ObjectMapper().readTree(ResultJson.of(answer));
        assertEquals(22_000, json.get("accesses").asLong());
        JsonNode rows = json.get("scenarios").get(0).get("policies");
        String csv = ResultCsv.of(answer);
        String[] lines = csv.split("\n", -1);
        assertEquals(1 + 4 + 1, lines.length);
        int columns = lines[0].split(",", -1).length;
        for (int i = 0; i < 4; i++) {
            PolicyRow row = moved.rows().get(i);
            assertEquals(row.policy(), rows.get(i).get("policy").asText());
            assertEquals(row.speedup(), rows.get(i).get("speedup").get("value").asDouble());
            assertEquals(columns, lines[i + 1].split(",", -1).length, lines[i + 1]);
            assertTrue(lines[i + 1].contains("," + row.policy() + ","), lines[i + 1]);
        }
        String text = ResultText.of(answer);
        assertTrue(text.contains(moved.verdict().sentence()) && text.contains("note: a note"), text);
        assertTrue(csv.endsWith("# " + moved.verdict().sentence()));
    }
}
