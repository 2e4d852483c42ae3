package dev.mitosis.lab.counters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.lab.counters.CounterLine.Status;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Output of perf 6.1, of this project's machine or written after it where that machine cannot count. */
class PerfStatTest {
    private static final String TEXT =
            """
            # started on Fri Nov 27 09:10:18 2026


             Performance counter stats for 'sleep 0.1' (3 runs):

               <not supported>      cycles
                        73      page-faults                      #   16.137 K/sec                    ( +-  0.46% )
                      4.87 msec task-clock                       #    0.027 CPUs utilized            ( +-  6.10% )
             3,012,345,678      instructions              #    0.67  insn per cycle           ( +-  0.10% )  (83.33%)
                                                  #    0.12  stalled cycles per insn
               412,345,678      dtlb_load_misses.walk_active:u   #   9.1% of cycles  (62.50%)

            Some events weren't counted. Try disabling the NMI watchdog:
            \techo 0 > /proc/sys/kernel/nmi_watchdog
            \tperf stat ...

                    0.1794 +- 0.0303 seconds time elapsed  ( +- 16.86% )

                   0.007931000 seconds user
                   0.003965000 seconds sys
            """;

    private static CounterLine only(String line) {
        List<CounterLine> lines = PerfStat.parse("f", line).lines();
        assertEquals(1, lines.size(), line);
        return lines.get(0);
    }

    @Test
    void whatIsForPeopleIsRead() {
        List<CounterLine> lines = PerfStat.parse("f", TEXT).lines();
        assertEquals(5, lines.size());
        assertEquals(Status.NOT_SUPPORTED, lines.get(0).status());
        assertEquals("cycles", lines.get(0).event());
        assertEquals(new CounterLine(7, 1, -1, Status.COUNTED, 73, "page-faults", 100, 0.0046, 3), lines.get(1));
        assertEquals(4.87, lines.get(2).count());
        assertEquals(
                new CounterLine(9, 1, -1, Status.COUNTED, 3_012_345_678.0, "instructions", 83.33, 0.001, 3),
                lines.get(3));
        assertEquals("dtlb_load_misses.walk_active:u", lines.get(4).event());
        assertEquals(62.5, lines.get(4).runningPercent());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "     0.105875314                 10      page-faults                      #    7.487 K/sec"
                        + " ~10~0.105875314",
                "     0.105875314               1.34 msec task-clock                       #    0.013 CPUs utilized"
                        + " ~1.34~0.105875314",
                "S0        2                647      cycles                      #    2.159 K/sec ~647~-1",
                "CPU1                       18      cycles                      #  102.863 /sec ~18~-1",
                "S0-D0-C1           2        1.018      cycles ~1018~-1",
                "redis-server-4711   1'234'567      cycles ~1234567~-1",
                "           1 234 567      cycles ~1234567~-1",
                "           1.234.567      cycles ~1234567~-1",
                "           1234567        cpu/cycles,name=a/ ~1234567~-1",
                "           1,234.50 msec  task-clock ~1234.5~-1"
            })
    void aggregatesIntervalsAndLocalesAreRead(String line, double count, double interval) {
        CounterLine read = only(line.replace("1 234 567", "1\u202f234\u202f567"));
        assertEquals(count, read.count());
        assertEquals(interval, read.interval());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "98,,page-faults,4877937,100.00,20.090,K/sec~98~-1~100~-1",
                "4.88,msec,task-clock,4877937,100.00,0.174,CPUs utilized~4.88~-1~100~-1",
                "     0.104069009,73,,page-faults,4054772,100.00,18.003,K/sec~73~0.104069009~100~-1",
                "74;;page-faults;0.45%;4523223;75.50;17.722;K/sec~74~-1~75.5~0.0045",
                "CPU1,629,,page-faults,200578761,100.00,3.136,K/sec~629~-1~100~-1",
                "     0.053295804,CPU0,140,,page-faults,97735002,100.00,1.432,K/sec~140~0.053295804~100~-1",
                "     0.050513812,S0,2,209,,page-faults,121614820,100.00,1.719,K/sec~209~0.050513812~100~-1",
                "12,,cpu/event=0x08,umask=0x10/u,4877937,42.00,,~12~-1~42~-1",
                "12::r1008:4877937:42.00::~12~-1~42~-1"
            })
    void whatIsForProgramsIsRead(String line, double count, double interval, double running, double spread) {
        CounterLine read = only(line);
        assertEquals(count, read.count());
        assertEquals(interval, read.interval());
        assertEquals(running, read.runningPercent());
        assertEquals(spread, read.spread(), 1e-12);
    }

    @Test
    void separatedWithTabsItIsNotForPeople() {
        assertEquals(
                "page-faults",
                only("98\t\tpage-faults\t4877937\t100.00\t20.090\tK/sec").event());
    }

    @Test
    void anEventWithItsSeparatorInItIsWhole() {
        assertEquals(
                "cpu/event=0x08,umask=0x10/u",
                only("12,,cpu/event=0x08,umask=0x10/u,4877937,42.00,,").event());
    }

    @Test
    void whatWasNotCountedIsSaid() {
        assertEquals(
                Status.NOT_COUNTED,
                only("0.204869783,<not counted>,,page-faults,0,100.00,,").status());
        assertEquals(
                Status.NOT_SUPPORTED, only("<not supported>,,cycles,0,100.00,,").status());
        assertEquals(
                Status.NOT_COUNTED,
                only("   0.329750463  <not counted> msec task-clock   ").status());
        assertEquals(
                Status.NOT_COUNTED,
                only("   <not counted>      cycles      (0.00%)").status());
    }

    @Test
    void jsonIsRead() {
        String line = "{\"interval\" : 0.056739943, \"counter-value\" : \"75.000000\", \"unit\" : \"\", \"event\" :"
                + " \"cycles\", \"variance\" : 1.5, \"event-runtime\" : 37, \"pcnt-running\" : 90.00,"
                + " \"metric-value\" : 20.26, \"metric-unit\" : \"K/sec\"}";
        String further = "{\"interval\" : 0.056739943, \"metric-value\" : 0.5, \"metric-unit\" : \"insn per cycle\"}";
        assertEquals(
                new CounterLine(1, 0, 0.056739943, Status.COUNTED, 75, "cycles", 90, 0.015, 1),
                only(line + "\n" + further));
        assertEquals(
                Status.NOT_SUPPORTED,
                only("{\"counter-value\" : \"<not supported>\", \"event\" : \"cycles\"}")
                        .status());
    }

    @Test
    void theSummaryOfIntervalsIsNotAnotherSample() {
        String text =
                """
                     0.100000000      10      cycles
                     0.200000000      11      cycles

                 Performance counter stats for 'ls':

                     21      cycles
                """;
        assertEquals(2, PerfStat.parse("f", text).lines().size());
        assertEquals(
                2,
                PerfStat.parse(
                                "f",
                                "0.100000000,10,,cycles,1,100.00,,\nsummary,21,,cycles,1,100.00,,\n"
                                        + "0.200000000,11,,cycles,1,100.00,,")
                        .lines()
                        .size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-5,,cycles,1,100.00,,",
                "      -5      cycles",
                "12,,cycles,1,170.00,,",
                "12,,cycles,soon,100.00,,",
                "     12      cycles      (170.00%)",
                "{\"counter-value\" : \"much\", \"event\" : \"cycles\"}",
                "99999999999999999999,,cycles,1,100.00,,",
                "12.5.6      cycles"
            })
    void aCountThatCannotBeIsRefusedWithItsPlace(String line) {
        String text = "1,,cycles,1,100.00,,\n\n" + line + "\n";
        String message =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> PerfStat.parse("counters.txt", text))
                        .getMessage());
        assertTrue(message.startsWith("counters.txt:3: "), message);
        assertEquals(1, message.lines().count(), message);
    }

    /** Perf prints more with each release, and output is kept between other lines. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "                        TopdownL1                 #     71.2 %  tma_backend_bound      ",
                "           0.10165 (+0.00012) ###",
                "           0.1016 (-0.00031) #",
                "hello world",
                "0.9089247082025583",
                "1,2,3",
                "{\"counter-value\" : \"12\"",
                "{\"counter-value\" : \"12\"}",
                "{\"event\" : \"cycles\"}",
                "[1, 2]",
                "74|;page-faults;0.45%;4523223;75.50;17.722;K/sec",
                "12:::r1008:4877937:42.00::",
            })
    void linesOfOthersArePassedOverAndCounted(String line) {
        PerfStat.Parsed parsed = PerfStat.parse("f", "1,,cycles,1,100.00,,\n\n" + line + "\n");
        assertEquals(1, parsed.lines().size());
        assertEquals(1, parsed.foreignLines());
    }

    @Test
    void aLineWithoutEndIsPassedOver() {
        for (String piece : List.of("a", "1,", "1.234", "{")) {
            PerfStat.Parsed parsed = PerfStat.parse("f", "1,,cycles,1,100.00,,\n" + piece.repeat(1 << 20));
            assertEquals(1, parsed.foreignLines());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "291350355880,,cycles,user.slice/ab,4000000000,62.50,,",
                "291350355880;;cycles;user.slice/ab;0.45%;4000000000;62.50;;",
                "   291,350,355,880      cycles                    user.slice/ab    #    0.12  insn per cycle  "
                        + " (62.50%)",
                "   2,91,35,03,55,880      cycles            (62.50%)",
                "   \u0662\u0669\u0661\u066c\u0663\u0665\u0660\u066c\u0663\u0665\u0665\u066c\u0668\u0668\u0660     "
                        + " cycles   (62.50%)",
                " Web Content-4711   291,350,355,880      cycles    (62.50%)",
                "Web Content-4711,291350355880,,cycles,4000000000,62.50,,",
                "{\"counter-value\" : \"291350355880,000000\", \"unit\" : \"\", \"event\" : \"cycles\", \"cgroup\" :"
                        + " \"a/b\", \"event-runtime\" : 4000000000, \"pcnt-running\" : 62,50, \"metric-value\" : 0,1}",
            })
    void controlGroupsThreadsAndLocalesAreRead(String line) {
        CounterLine read = only(line);
        assertEquals(291_350_355_880.0, read.count());
        assertEquals("cycles", read.event());
        assertEquals(62.5, read.runningPercent());
    }

    @Test
    void aFileWithoutCountsIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> PerfStat.parse("f", ""));
        assertThrows(IllegalArgumentException.class, () -> PerfStat.parse("f", "# started\n\n"));
    }

    /** Pieces of real lines in any order, cut anywhere: read, or refused with file and line. */
    @Test
    void noTextIsReadWrongly() {
        String[] pieces = {
            "12",
            ",",
            ";",
            "\t",
            " ",
            "      ",
            "<not counted>",
            "<not",
            "cycles",
            "cpu/",
            "/",
            "0.104069009",
            "%",
            "(83.33%)",
            "( +- 1.00% )",
            "{",
            "}",
            "\"event\" : \"cycles\"",
            "\"counter-value\" : \"3\"",
            "\n",
            "-",
            "#",
            "S0",
            "CPU1",
            "1.234.567",
            "\u202f",
            "msec",
            "seconds time elapsed",
            "summary",
            "Performance counter stats for 'x' (3 runs):",
            "\u0000",
            "é",
            "99999999999999999999999",
            "1e9",
            "NaN",
            "Infinity",
            "[",
            ":",
            "r1008",
            "|",
            "0x10"
        };
        int read = 0;
        for (int seed = 0; seed < 50_000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(14); i >= 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            try {
                for (CounterLine line : PerfStat.parse("f", text.toString()).lines()) {
                    assertTrue(line.count() >= 0 == (line.status() == Status.COUNTED), "seed " + seed + ": " + text);
                    assertTrue(line.event().chars().anyMatch(Character::isLetter), "seed " + seed + ": " + text);
                    read++;
                }
            } catch (IllegalArgumentException refused) {
                assertTrue(
                        String.valueOf(refused.getMessage()).matches("f(:\\d+)?: [^\n]*"),
                        "seed " + seed + ": " + refused.getMessage());
            }
        }
        assertTrue(read > 50, "only " + read + " lines were any");
    }
}
