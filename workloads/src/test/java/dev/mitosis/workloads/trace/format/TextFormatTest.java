package dev.mitosis.workloads.trace.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.workloads.trace.TraceException;
import dev.mitosis.workloads.trace.TraceWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lines that are records, and lines that are not. */
class TextFormatTest {
    @TempDir
    private Path folder = Path.of(".");

    private MappedAccesses read(String format, String text) throws IOException {
        MappedAccesses seen = new MappedAccesses();
        Path file = Files.writeString(folder.resolve("trace.txt"), text);
        try (TraceInput input = TraceInput.open(file)) {
            TraceFormatRegistry.find(format).read(input, seen);
        }
        return seen;
    }

    private String refusal(String format, String text) {
        TraceException refused = assertThrows(TraceException.class, () -> read(format, text));
        return String.valueOf(refused.getMessage()).replace(folder + "/", "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "lackey| L 1fff000788",
                "lackey| L 1fff000788,",
                "lackey| L 1fff000788,8x",
                "lackey| L 1fff000788,0",
                "lackey| L 1fff000788,99999",
                "lackey| L 123456789abcdef01,8",
                "lackey| L ,8",
                "lackey|L 1fff000788,8",
                "lackey| X 1fff000788,8",
                "lackey|I 0401ab70,3",
                "lackey|=31953= Lackey",
                "lackey|hello",
                "lackey| ",
                "memtrace|0x00007fff2d8dd2a8: 8",
                "memtrace|0x00007fff2d8dd2a8: , w",
                "memtrace|00007fff2d8dd2a8:  8, w",
                "memtrace|0x00007fff2d8dd2a8:  8, w w",
                "memtrace|0x00007fff2d8dd2a8:  8, ",
                "drview|  11  2: 3446827 write 8 byte(s) at 0x00007ffc54d9ac48",
                "drview|  11  2: 3446827 write many byte(s) @ 0x00007ffc54d9ac48",
                "drview|  11  2: 3446827 write 0 byte(s) @ 0x00007ffc54d9ac48",
                "drview|  11  2: main write 8 byte(s) @ 0x00007ffc54d9ac48",
                "drview|  11  2: 99999999999 write 8 byte(s) @ 0x00007ffc54d9ac48",
                "drview|  11  2: 3446827 daydream",
                "drview|  11 write 8 byte(s) @ 0x00007ffc54d9ac48",
                "perf|a b c",
                "perf|32012",
                "perf|32012 xyz",
                "perf|32012 0x12345678901234567",
                "perf|99999999999 7f4ec7e3d110",
                "perf|               a 32012 33447.331109:          1 page-faults:      7f4ec7e23b70 _start+0x0"
                        + " (/usr/lib/ld.so)",
                "perf|               a 32012 33447.331109:      7f4ec7e23b70 f(int, add) (/usr/lib/ld.so)",
                "perf|               a 32012 33447.331109:      7f4ec7e23b70 _start",
                "perf|               a 32012 33447.331109:   1 mem-stores:   7f4ec7e23b70 _start+0x0 (/usr/lib/ld.so)",
                "perf|4101 4103 0x401136 0x7f1f04e2b000 30 0x5080042 TMP/a.out:main",
                "perfmem|4101 4103 7f1f04e2b000",
                "perfmem|4101 4103 0x401136 0x7f1f04e2b000 30 TMP/a.out:main",
                "perfmem|4101 4103 0x401136 30 0x5080042 TMP/a.out:main",
                "lackey|SB 0401ab80 x",
                "drview|T7001 0x00007f1000001a50 mov",
                "perf|\t    ffffffff81752b6a elf_load+0x28a ([kernel.kallsyms])",
            })
    void aLineThatIsNoRecordIsRefusedWithItsNumber(String format, String line) throws IOException {
        String good =
                switch (format) {
                    case "lackey" -> " L 1fff000788,8\n";
                    case "perfmem" -> "4101 4103 0x401136 0x7f1f04e2b000 30 0x5080042 TMP/a.out:main\n";
                    case "memtrace" -> "0x00007fff2d8dd2a8:  8, w\n";
                    case "drview" -> "  11  2: 3446827 write 8 byte(s) @ 0x00007ffc54d9ac48 by PC 0x1\n";
                    default -> "32012 7f4ec7e3d110\n";
                };
        assertEquals(1, read(format, good).accesses().size());
        String message = refusal(format, good + line + "\n" + good);
        assertTrue(message.startsWith("trace.txt: line 2: "), message);
    }

    @Test
    void aRefusedLineIsQuotedWithoutControlCharacters() {
        assertEquals("trace.txt: line 1: '?[31mred' is not understood", refusal("lackey", "\u001b[31mred\n"));
        assertEquals(
                "trace.txt: line 1: '" + "x".repeat(60) + "...' is not understood",
                refusal("lackey", "x".repeat(1000) + "\n"));
    }

    @Test
    void aLineWithoutEndIsBounded() {
        assertEquals(
                "trace.txt: line 2: a line of more than 65536 bytes",
                refusal("lackey", " L 1fff000788,8\n" + "0".repeat(1 << 20)));
    }

    @Test
    void linesLongerThanTheBufferTogetherAreAllRead() throws IOException {
        String line = " L 1fff000788,8\n S 1fff000888,8\n";
        assertEquals(40_000, read("lackey", line.repeat(20_000)).accesses().size());
    }

    @Test
    void linesFromWindowsAreRead() throws IOException {
        assertEquals(
                List.of("0: 1fff000788 load"),
                read("lackey", "I  0401ab70,3\r\n L 1fff000788,8\r\n").accesses());
    }

    @Test
    void aTraceOfLackeyThatStopsEarlySaysSo() throws IOException {
        assertFalse(read("lackey", "==1== Lackey, an example Valgrind tool\n L 1fff000788,8\n").isWhole);
        assertTrue(read("lackey", " L 1fff000788,8\n").isWhole);
    }

    @Test
    void aDataSourceIsNotTakenForAnAddress() {
        assertEquals(
                "trace.txt: line 1: a sample with its data source, and without the address;"
                        + " perf script -F tid,addr,data_src prints it",
                refusal("perf", "a 32012 33447.331109:   1 cpu/mem-loads/P:   10668100842 |OP LOAD|LVL L1 hit|\n"));
    }

    @Test
    void aLogOfTwoProgramsIsRefused() {
        String begin = "==1== Lackey, an example Valgrind tool\n L 1fff000788,8\n";
        assertEquals(
                "trace.txt: line 3: accesses of processes 1 and 2 are in one log, and lackey does not say whose each"
                        + " is; --log-file=F.%p makes a log of each",
                refusal("lackey", begin + "==2== Counted 1 call to main()\n"));
        assertTrue(refusal("lackey", begin + begin).contains("a program and of the one that it became"));
    }

    @Test
    void superblocksOfLackeyArePassedOver() throws IOException {
        assertEquals(
                List.of("0: 1fff000688 store", "0: 1fff000788 load"),
                read("lackey", "SB 0401ab70\nI  0401ab70,3\n S 1fff000688,8\nSB 0401ab80\n L 1fff000788,8\n")
                        .accesses());
    }

    @Test
    void theViewToolOf2021HasNoNumbers() throws IOException {
        MappedAccesses seen = read(
                "drview",
                """
                T0 <marker: version 3>
                T7001 <marker: tid 7001 on core 8>
                T7001   0x00007f1000001a4a  b8 38 00 00 00       mov    $0x00000038, %eax
                T7001   0x00007f1000001a50  48 83 45 f0 01 02 03 addq   $0x01, -0x10(%rbp)
                                            04 05
                T7001     read  8 byte(s) @ 0x7ffc00001190
                T7001     write 8 byte(s) @ 0x7ffc00001190
                ------------------------------------------------------------
                T7002   0x00007f1000001a57  58                   pop    %rax
                T7002     read  8 byte(s) @ 0x7f1f00003ef0
                """);
        assertEquals(List.of("0: 7ffc00001190 load", "0: 7ffc00001190 store", "1: 7f1f00003ef0 load"), seen.accesses());
        assertEquals(3, seen.instructions);
    }

    @Test
    void theViewToolOf2022HasOneNumber() throws IOException {
        MappedAccesses seen = read(
                "drview",
                """
                       10: T7001 ifetch        7 byte(s) @ 0x00007f1000001a54 non-branch
                       11: T7001 read          8 byte(s) @ 0x00007f1f0000ca20 by PC 0x00007f1000001a54
                       13: T7001 pref-w-L3-NT  8 byte(s) @ 0x00007f1f0000d238 by PC 0x00007f1000001a5c
                       14: T7001 <marker: function #9>
                       18: T7001 write         8 byte(s) @ 0x00007f1f00002ef8 by PC 0x00007f1000001a60
                """);
        assertEquals(List.of("0: 7f1f0000ca20 load", "0: 7f1f00002ef8 store"), seen.accesses());
        assertEquals(1, seen.instructions);
    }

    @Test
    void samplesOfTheKernelAreLeftOut() throws IOException {
        assertEquals(
                List.of("0: 7f4ec7e3d110 load"),
                read("perf", "32012 ffff88810abcde00\n32012 0\n32012 7f4ec7e3d110\n")
                        .accesses());
    }

    @Test
    void processesOfPerfHaveMemoryOfTheirOwn() throws IOException {
        // The same address twice: MappedAccesses wants it mapped in each.
        assertEquals(
                List.of("0: 7f4ec7e3d110 load", "1: 7f4ec7e3d110 load"),
                read("perf", "1/1 7f4ec7e3d110\n2/2 7f4ec7e3d110\n").accesses());
    }

    @Test
    void aTraceOfTwoProcessesHasNoPlaceInATextOfOne() throws IOException {
        try (TraceWriter writer = TraceFormatRegistry.find("lackey")
                .writer(folder.resolve("out.txt"))
                .orElseThrow()) {
            writer.processStarted(0, -1, false, "parent");
            writer.processStarted(0, 0, false, "its new image");
            assertThrows(UncheckedIOException.class, () -> writer.processStarted(1, 0, false, "child"));
        }
        assertFalse(Files.exists(folder.resolve("out.txt")));
    }

    @Test
    void whatIsNotThatFormatIsNotRecognised() throws IOException {
        byte[] hello = "Output format: 8, w\n".repeat(2000).getBytes(StandardCharsets.US_ASCII);
        for (TraceFormat format : TraceFormatRegistry.formats()) {
            assertFalse(format.recognises(hello, hello.length), format.name());
            assertFalse(format.recognises(hello, 3), format.name());
            assertFalse(format.recognises(hello, 0), format.name());
        }
    }
}
