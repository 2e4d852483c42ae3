package dev.mitosis.lab.counters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CountersTest {
    @TempDir
    private Path folder = Path.of(".");

    private static String lines(Object... countsAndEvents) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < countsAndEvents.length; i += 2) {
            text.append(countsAndEvents[i])
                    .append(",,")
                    .append(countsAndEvents[i + 1])
                    .append(",1000,100.00,,\n");
        }
        return text.toString();
    }

    private static CounterSample only(Object... countsAndEvents) {
        List<CounterSample> samples =
                Counters.parse("f", lines(countsAndEvents)).samples();
        assertEquals(1, samples.size());
        return samples.get(0);
    }

    private static String notes(Object... countsAndEvents) {
        return String.join("\n", Counters.parse("f", lines(countsAndEvents)).notes());
    }

    @ParameterizedTest
    @CsvSource({
        "dtlb_load_misses.walk_completed, LOAD_WALKS",
        "dTLB-load-misses, LOAD_WALKS",
        "DTLB_LOAD_MISSES.WALK_ACTIVE, LOAD_WALK_ACTIVE",
        "dtlb_store_misses.walk_pending, STORE_WALK_PENDING",
        "dtlb_load_misses.walk_duration:u, LOAD_WALK_PENDING",
        "cpu_core/dtlb_load_misses.walk_active/u, LOAD_WALK_ACTIVE",
        "ept.walk_pending, EPT_WALK_PENDING",
        "page_walker_loads.dtlb_memory, WALKER_READS_MEMORY",
        "ls_l1_d_tlb_miss.all_l2_miss, WALKS",
        "ls_l1_d_tlb_miss.tlb_reload_4k_l2_miss, WALKS",
        "bp_l1_tlb_miss_l2_tlb_miss.if4k, INSTRUCTION_WALKS",
        "node-load-misses, REMOTE_MEMORY_LOADS",
        "dtlb_walk, WALKS"
    })
    void eventsOfEveryMakerAreKnown(String event, Quantity quantity) {
        assertEquals(5, only(1000, "cycles", 900, "instructions", 5, event).count(quantity));
    }

    @Test
    void partsAddUpUnlessTheWholeWasCounted() {
        Object[] parts = {
            1000,
            "cycles",
            900,
            "instructions",
            3,
            "dtlb_load_misses.walk_completed_4k",
            4,
            "dtlb_load_misses.walk_completed_2m_4m"
        };
        assertEquals(7, only(parts).walks());
        Object[] whole = {
            1000,
            "cycles",
            900,
            "instructions",
            3,
            "dtlb_load_misses.walk_completed_4k",
            8,
            "dtlb_load_misses.walk_completed"
        };
        assertEquals(8, only(whole).walks());
    }

    @Test
    void countsOfSocketsAndKindsOfCoresAddUpAndTwoNamesOfTheSameDoNot() {
        String sockets =
                """
                S0,2,600,,cycles,1,100.00,,
                S1,2,400,,cycles,1,100.00,,
                500,,cpu_core/instructions/,1,100.00,,
                300,,cpu_atom/instructions/,1,100.00,,
                """;
        CounterSample sample = Counters.parse("f", sockets).samples().get(0);
        assertEquals(1000, sample.count(Quantity.CYCLES));
        assertEquals(800, sample.count(Quantity.INSTRUCTIONS));
        assertEquals(
                1000,
                only(1000, "cycles", 1001, "cpu_clk_unhalted.thread", 900, "instructions")
                        .count(Quantity.CYCLES));
    }

    @Test
    void whatCannotBeUsedIsSaid() {
        String text = lines(1000, "cycles", 900, "instructions", 7, "frobnicator.all", 9, "dTLB-loads")
                + "<not supported>,,ept.walk_pending,0,100.00,,\n50,,ls_l1_d_tlb_miss.all_l2_miss,1000,12.50,,\n";
        String notes = String.join("\n", Counters.parse("f", text).notes());
        assertTrue(notes.contains("not known here: frobnicator.all"), notes);
        assertTrue(notes.contains("not used: dTLB-loads (it counts loads on Intel"), notes);
        assertTrue(notes.contains("did not count ept.walk_pending"), notes);
        assertTrue(notes.contains("scaled up 1 counts, of which one was counted for 13 % of the time"), notes);
    }

    @Test
    void countsThatCannotBeAreSaid() {
        assertEquals("", notes(1000, "cycles", 900, "instructions", 990, "dtlb_load_misses.walk_active"));
        String[][] broken = {
            {"dtlb_load_misses.walk_active", "1100", "cycles with a walk for loads"},
            {"dtlb_load_misses.walk_pending", "6500", "cycles of all walks"},
            {"ls_l1_d_tlb_miss.all_l2_miss", "1900", "walks (1900) are more than two an instruction"}
        };
        for (String[] one : broken) {
            String notes = notes(1000, "cycles", 900, "instructions", one[1], one[0]);
            assertTrue(notes.contains("these counts cannot be: " + one[2]), notes);
        }
        assertTrue(notes(1000, "cycles", 10_600, "instructions").contains("10 a cycle"));
        assertTrue(notes(
                        1000,
                        "cycles",
                        900,
                        "instructions",
                        1200,
                        "mem_inst_retired.all_loads",
                        700,
                        "mem_inst_retired.all_stores")
                .contains("loads and stores"));
        assertTrue(notes(
                        1000,
                        "cycles",
                        900,
                        "instructions",
                        50,
                        "mem_load_l3_miss_retired.local_dram",
                        60,
                        "mem_load_l3_miss_retired.remote_dram",
                        100,
                        "mem_load_retired.l3_miss")
                .contains("local and remote memory"));
        assertTrue(notes(
                        1000,
                        "cycles",
                        900,
                        "instructions",
                        2,
                        "dtlb_load_misses.walk_completed",
                        60,
                        "page_walker_loads.dtlb_l1")
                .contains("24 a walk"));
        assertTrue(notes(
                        1000,
                        "cycles",
                        900,
                        "instructions",
                        300,
                        "dtlb_load_misses.walk_active",
                        200,
                        "dtlb_load_misses.walk_pending")
                .contains("cycles of all walks for them"));
    }

    @Test
    void userModeIsKnownByModifiers() {
        assertTrue(Counters.parse("f", lines(1000, "cycles:u", 900, "cpu/instructions/upp"))
                .isUserOnly());
        assertFalse(
                Counters.parse("f", lines(1000, "cycles", 900, "instructions")).isUserOnly());
        assertFalse(Counters.parse("f", lines(1000, "cycles:uk", 900, "cpu/instructions/"))
                .isUserOnly());
        assertTrue(notes(1000, "cycles:u", 900, "instructions").contains("do not go together"));
    }

    @Test
    void intervalsAndFilesAreSamples() throws IOException {
        Path intervals = Files.writeString(
                folder.resolve("i"),
                """
                0.100000000,10,,cycles,1,100.00,,
                0.100000000,9,,instructions,1,100.00,,
                0.200000000,11,,cycles,1,100.00,,
                0.200000000,8,,instructions,1,100.00,,
                0.300000000,<not counted>,,cycles,0,0.00,,
                0.300000000,0,,instructions,1,100.00,,
                """);
        Path run = Files.writeString(folder.resolve("r"), lines(1000, "cycles", 900, "instructions"));
        Counters counters = Counters.read(List.of(intervals, run));
        assertEquals(3, counters.samples().size());
        assertTrue(counters.notes().contains("1 of 4 samples lack events that others have, and are left out"));
    }

    @Test
    void eventsOfSeveralRunsArePutTogetherByTheInstruction() {
        String text =
                """
                 Performance counter stats for 'a':

                 1000 cycles
                 500 instructions
                 40 dtlb_load_misses.walk_active

                 Performance counter stats for 'a':

                 2000 cycles
                 1500 instructions
                 3 dtlb_load_misses.walk_completed
                """;
        CounterSample sample = Counters.parse("f", text).samples().get(0);
        assertEquals(3000, sample.count(Quantity.CYCLES));
        assertEquals(40 * 2000.0 / 500, sample.activeCycles());
        assertEquals(3 * 2000.0 / 1500, sample.walks());
    }

    @Test
    void withoutCyclesOrInstructionsThereIsNothingToFit() {
        for (String text : List.of(
                lines(1000, "cycles"),
                lines(0, "cycles", 900, "instructions"),
                "<not supported>,,cycles,0,100.00,,\n900,,instructions,1,100.00,,\n")) {
            String message = assertThrows(IllegalArgumentException.class, () -> Counters.parse("f", text)
                            .requireInstructions())
                    .getMessage();
            assertTrue(
                    String.valueOf(message)
                            .matches("f: (a fit needs cycles and instructions|there are no cycles above).*"),
                    message);
        }
    }

    @Test
    void filesThatAreNoneAreRefused() throws IOException {
        Path binary = Files.write(folder.resolve("b"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThrows(IllegalArgumentException.class, () -> Counters.read(List.of(binary)));
        assertThrows(IllegalArgumentException.class, () -> Counters.read(List.of(folder)));
        assertThrows(IOException.class, () -> Counters.read(List.of(folder.resolve("none"))));
    }

    @Test
    void aLineOfTheEventTableThatIsNoneIsRefused() {
        for (String row : List.of(
                "cycles", "cycles,NOTHING,whole,x", "cycles,CYCLES,some,x", "a,CYCLES,whole,x\na,CYCLES,whole,x")) {
            assertThrows(IllegalArgumentException.class, () -> EventTable.parse(row));
        }
    }

    /** Bounds are of cycles alone. */
    @Test
    void withoutInstructionsThereAreBoundsAndNoFit() {
        String events = lines(1000, "cycles", 300, "dtlb_load_misses.walk_active");
        String others =
                lines(2000, "cycles", 500, "dtlb_store_misses.walk_active").replace("1,100.00", "1,90.00");
        Counters counters = Counters.parse(
                "f",
                "Performance counter stats for 'a':\n" + events + "Performance counter stats for 'a':\n" + others
                        + "what is this\n");
        // Of 3000 cycles: 300 of each 1000, and 500 of each 2000.
        CounterSample sum = CounterSample.sum(counters.samples());
        assertEquals(900, sum.count(Quantity.LOAD_WALK_ACTIVE), 1e-9);
        assertEquals(750, sum.count(Quantity.STORE_WALK_ACTIVE), 1e-9);
        assertTrue(counters.notes().contains("1 line is none of perf stat's counts, and passed over"));
        assertThrows(IllegalArgumentException.class, counters::requireInstructions);
    }

    @Test
    void outputOfALocaleInLatin1IsRead() throws IOException {
        Path file = Files.write(
                folder.resolve("latin1"),
                "   1\u00a0234      cycles\n    900      instructions\n".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(1234, Counters.read(List.of(file)).samples().get(0).count(Quantity.CYCLES));
    }
}
