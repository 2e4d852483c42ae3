package dev.mitosis.lab.whatif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.counters.Counters;
import dev.mitosis.lab.report.BoundsText;
import dev.mitosis.lab.report.ResultCsv;
import dev.mitosis.lab.report.ResultJson;
import dev.mitosis.lab.report.ResultText;
import dev.mitosis.lab.whatif.FittedAnswer.FittedRow;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.trace.TraceFileWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recorded program and counters of it, from the file of perf to the report. */
class FittedAnswerTest {
    private static final MachineProfile MACHINE =
            MachineProfile.load("4s-haswell-ex").withLastLevelShare(0.02);
    private static final long VA = 1L << 36;
    private static final int PAGES = 100_000;
    private static final int ACCESSES = 300_000;

    @TempDir
    private Path folder = Path.of(".");

    /** A program that maps memory, touches each page, then reads random words, a number of instructions an access. */
    private Recording record(int instructions) throws IOException {
        Path trace = folder.resolve("program.mtrace");
        Random random = new Random(1);
        try (TraceFileWriter writer = new TraceFileWriter(trace)) {
            writer.processStarted(0, -1, false, "program");
            writer.threadStarted(0, 0);
            writer.systemCall(0, 0, 9, new long[] {0, (long) PAGES << 12, 3, 0x22, -1, 0}, VA);
            AccessBatch batch = new AccessBatch();
            for (long i = 0; i < PAGES + ACCESSES; i++) {
                long page = i < PAGES ? i : random.nextInt(PAGES);
                batch.add(VA + (page << 12) + 64L * random.nextInt(64), i < PAGES);
                batch.instructions += instructions;
                if (batch.isFull()) {
                    writer.accesses(0, 0, batch);
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

    /** Nine walks in ten accesses, of 250 cycles each where the share is 0.4. */
    private Counters counters(double walkShare, double... noise) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < noise.length; i++) {
            double cycles = 90e6 * (1 + noise[i]);
            double second = i + 1.000000001;
            add(text, second, cycles, "cycles:u");
            add(text, second, 16e6, "instructions:u");
            add(text, second, cycles * walkShare * (1 + noise[i]), "dtlb_load_misses.walk_active:u");
            add(text, second, 144e3, "dtlb_load_misses.walk_completed:u");
        }
        return Counters.read(List.of(Files.writeString(folder.resolve("perf.csv"), text)));
    }

    private static void add(StringBuilder text, double second, double count, String event) {
        text.append(String.format(Locale.ROOT, "%.9f,%.0f,,%s,1,100.00,,%n", second, count, event));
    }

    private static WhatIf whatIf() {
        return new WhatIf(MACHINE, KernelSettings.DEFAULT, PolicyRegistry.compared(), List.of(), 1, 2);
    }

    private Answer answer(Counters counters) throws IOException {
        return whatIf().withCounters(counters).answer(record(100), counters.notes(), done -> {});
    }

    @Test
    void theSpeedupHasAnIntervalThatGrowsWithTheSpreadOfTheSamples() throws IOException {
        Answer quiet = answer(counters(0.4, 0.001, -0.001, 0.002, -0.002));
        Answer noisy = answer(counters(0.4, 0.05, -0.05, 0.1, -0.1));
        FittedAnswer sure = quiet.scenarios().get(0).fitted().orElseThrow();
        FittedAnswer unsure = noisy.scenarios().get(0).fitted().orElseThrow();
        FittedRow migrate = sure.row("migrate");
        assertEquals(4, sure.samples());
        assertEquals(0.4, sure.countedWalkShare(), 0.005);
        assertTrue(migrate.speedup().value() > 1.05, "migrate: " + migrate);
        assertTrue(migrate.speedup().low() < migrate.speedup().value());
        assertTrue(migrate.speedup().high() > migrate.speedup().value());
        assertTrue(
                width(unsure.row("migrate")) > 10 * width(migrate),
                unsure.row("migrate").toString());
        assertEquals(1, sure.row("first-touch").speedup().value(), 1e-12);
        assertTrue(sure.residual() < 0.01 && unsure.residual() > 0.03);
        assertEquals("migrate", quiet.scenarios().get(0).verdict().policy());
    }

    private static double width(FittedRow row) {
        return row.speedup().high() - row.speedup().low();
    }

    @Test
    void aProgramThatWalksLittleGainsLittle() throws IOException {
        double much = answer(counters(0.4, 0, 0))
                .scenarios()
                .get(0)
                .fitted()
                .orElseThrow()
                .row("migrate")
                .speedup()
                .value();
        Answer little = answer(counters(0.02, 0, 0));
        double less = little.scenarios()
                .get(0)
                .fitted()
                .orElseThrow()
                .row("migrate")
                .speedup()
                .value();
        assertTrue(less < 1 + (much - 1) / 5, less + " of " + much);
        assertFalse(little.scenarios().get(0).verdict().helps());
    }

    @Test
    void everyFormatHasTheInterval() throws IOException {
        Answer answer = answer(counters(0.4, 0.01, -0.01, 0.02));
        FittedRow migrate = answer.scenarios().get(0).fitted().orElseThrow().row("migrate");
        String text = ResultText.of(answer);
        assertTrue(text.contains("Fitted to 3 samples of counters"), text);
        assertTrue(text.contains("95 % interval " + migrate.speedup().interval()), text);
        JsonNode json = new ObjectMapper().readTree(ResultJson.of(answer));
        JsonNode row =
                json.path("scenarios").path(0).path("fitted").path("policies").path(2);
        assertEquals("migrate", row.path("policy").asText());
        assertEquals(migrate.speedup().low(), row.path("speedup").path("low").asDouble(), 1e-9);
        List<String> lines = ResultCsv.of(answer).lines().toList();
        assertTrue(lines.get(0).endsWith(",fittedSpeedup,fittedLow,fittedHigh"), lines.get(0));
        assertTrue(
                lines.get(3)
                        .endsWith(String.format(
                                Locale.ROOT, "%.4f", migrate.speedup().high())),
                lines.get(3));
        Answer one = answer(counters(0.4, 0));
        assertTrue(ResultText.of(one).contains("one sample, so no interval"));
        assertTrue(ResultJson.of(one).contains("\"low\" : null"));
        assertTrue(ResultCsv.of(one).lines().toList().get(1).endsWith(",1.0000,,"));
    }

    @Test
    void aTraceWithoutInstructionsCannotBeFitted() throws IOException {
        Recording recording = record(0);
        WhatIf whatIf = whatIf().withCounters(counters(0.4, 0));
        assertThrows(IllegalArgumentException.class, () -> whatIf.answer(recording, List.of(), done -> {}));
    }

    @Test
    void countersOfSomethingElseAreDoubted() throws IOException {
        Counters counters = Counters.read(List.of(Files.writeString(
                folder.resolve("other"),
                " 90000000 cycles:u\n 16000000 instructions:u\n 100 dtlb_load_misses.walk_completed:u\n")));
        Answer answer = answer(counters);
        assertTrue(answer.scenarios().get(0).fitted().orElseThrow().isDoubtful());
        assertTrue(ResultText.of(answer).contains("the same program, input and machine?"));
    }

    /** 40 % of the cycles are walks: a local read of a leaf table for a remote one, at the most, of any of them. */
    @Test
    void countersAloneAreBounds() throws IOException {
        CountersAlone.Bounds bounds = new CountersAlone(MACHINE, counters(0.4, 0, 0)).answer();
        double ratio = (double) MACHINE.links().link(1, 0).latencyCycles()
                / MACHINE.links().link(0, 0).latencyCycles();
        CountersAlone.Bound moved = bounds.scenarios().get(1);
        assertEquals(1 + 0.4 * (ratio - 1), moved.most().value(), 1e-6);
        CountersAlone.Bound wide = bounds.scenarios().get(0);
        assertEquals(1 / (1 - 0.4 * (1 - 4 / (1 + 3 * ratio))), wide.most().value(), 1e-6);
        assertTrue(moved.counted().isEmpty());
        assertTrue(BoundsText.of(bounds, List.of()).contains("40.0% of the cycles are page walks"));
        assertEquals(3, BoundsText.csv(bounds).lines().count());
        assertTrue(BoundsText.json(bounds, List.of("a note")).contains("\"mostSpeedup\""));
    }

    @Test
    void countersAloneThatHaveReadsOfPageTablesAreNarrower() throws IOException {
        Counters counters = Counters.read(
                List.of(
                        Files.writeString(
                                folder.resolve("reads"),
                                """
                 100000000 cycles
                 160000000 instructions
                 1000000 dtlb_load_misses.walk_completed
                 56000000 dtlb_load_misses.walk_duration
                 100000 page_walker_loads.dtlb_memory
                """)));
        CountersAlone.Bounds bounds = new CountersAlone(MACHINE, counters).answer();
        double local = MACHINE.links().link(0, 0).latencyCycles();
        assertEquals(100_000 * local / 56e6, bounds.memoryShare().orElseThrow().value(), 1e-9);
        CountersAlone.Bound moved = bounds.scenarios().get(1);
        assertTrue(moved.counted().orElseThrow().value() < moved.most().value());
    }

    @Test
    void countersAloneMustHaveCyclesOfWalks() throws IOException {
        Counters counters = Counters.read(List.of(
                Files.writeString(folder.resolve("none"), " 100 cycles\n 90 instructions\n 3 dTLB-load-misses\n")));
        assertThrows(IllegalArgumentException.class, () -> new CountersAlone(MACHINE, counters));
        assertThrows(IllegalArgumentException.class, () -> new CountersAlone(MACHINE, counters(1.2, 0)).answer());
    }
}
