package dev.mitosis.cli.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mitosis.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class DiscoverCommandTest {
    /** Two sockets of two cores; processors 0 and 2 share one. */
    private static final String TWO_SOCKETS = ",,,\n140,,,\n48,141,,\n142,50,140,\n";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder = Path.of(".");

    private int execute(String... args) {
        CommandLine line = Main.commandLine(List.of(new DiscoverCommand()));
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(args);
    }

    private String write(String text) throws IOException {
        return Files.writeString(folder.resolve("m.csv"), text).toString();
    }

    @Test
    void textNamesGroupsLatenciesAndConfidence() throws IOException {
        String csv = write(TWO_SOCKETS);
        assertEquals(0, execute("discover", "--matrix", csv, "--threshold"));
        assertEquals(
                """
                cache-line latencies of %s: 4 processors, 6 of 6 pairs, 48.0 to 142.0 ns one way
                2 sockets: within 49.0 ns, across 140.5 ns, confidence 0.93
                  0: 0,2
                  1: 1,3
                a fixed threshold of 100 ns finds 2 groups, the same as the sockets above
                """
                        .formatted(csv),
                out.toString()); // confidence: 1 - 1/15, two near pairs of six
    }

    @Test
    void aMachineWithoutStepsIsOneGroup() throws IOException {
        assertEquals(0, execute("discover", "--matrix", write(",,\n50,,\n52,51,\n"), "--threshold", "51.5"));
        String text = out.toString();
        assertTrue(text.contains("\none group: no step between sockets stands out; confidence 0.67\n"), text);
        assertTrue(
                text.endsWith("a fixed threshold of 51.5 ns finds one group, the same as the sockets above\n"), text);
    }

    @Test
    void whatTheThresholdFindsIsListedWhereItDiffers() throws IOException {
        assertEquals(0, execute("discover", "--matrix", write(TWO_SOCKETS), "--threshold", "49"));
        assertTrue(out.toString().endsWith("a fixed threshold of 49 ns finds 3 groups:\n  0: 0,2\n  1: 1\n  2: 3\n"));
    }

    @Test
    void csvHasALineAProcessor() throws IOException {
        assertEquals(0, execute("discover", "--matrix", write(TWO_SOCKETS), "--format", "csv", "--threshold", "49"));
        assertEquals("cpu,socket,tier1_socket,threshold\n0,0,0,0\n1,1,1,1\n2,0,0,0\n3,1,1,2\n", out.toString());
    }

    @Test
    void jsonOfASimulatedMachineWithNoiseAndOtherNumbers() throws IOException {
        assertEquals(
                0,
                execute(
                        "discover",
                        "--machine",
                        "4s-cascade-lake",
                        "--noise",
                        "10",
                        "--renumber",
                        "--seed",
                        "5",
                        "--format",
                        "json"));
        JsonNode root = new ObjectMapper().readTree(out.toString());
        assertEquals(
                "simulated 4s-cascade-lake, renumbered, noise of 10.0 %, seed 5",
                root.at("/source").asText());
        assertEquals(4, root.at("/sockets/count").asInt());
        assertEquals(96, root.at("/cpus").size());
        assertEquals(4560, root.at("/pairs").asInt()); // 96 * 95 / 2
        assertEquals("socket", root.at("/tiers/0/kind").asText());
        root.at("/sockets/groups").forEach(group -> assertEquals(24, group.size()));
    }

    @Test
    void aMatrixOfCyclesIsNamedInNanoseconds() throws IOException {
        // 7 ns between siblings are 21 cycles at 3 GHz: too long for siblings if they were nanoseconds.
        String siblings = ",,,\n21,,,\n60,60,,\n60,60,21,\n";
        assertEquals(0, execute("discover", "--matrix", write(siblings), "--mhz", "3000"));
        assertTrue(out.toString().contains("2 cores with SMT siblings: within 7.0 ns, across 20.0 ns"), out.toString());
    }

    @Test
    void thisHostIsMeasuredAndWhatIsWrittenIsReadAgain() throws IOException {
        assertEquals(0, execute("discover", "--cpus", "0", "--seconds", "1", "-o", folder.toString()));
        assertTrue(out.toString().contains("of this host: 1 processors, 0 of 0 pairs\n"), out.toString());
        assertTrue(out.toString().contains("one group"), out.toString());
        assertEquals(0, execute("discover", "--machine", "2s-ice-lake", "-o", folder.toString()));
        String again = folder.resolve("matrix.csv").toString();
        out.getBuffer().setLength(0);
        assertEquals(0, execute("discover", "--matrix", again, "--format", "csv"));
        assertEquals(Files.readString(folder.resolve("discovery.csv")), out.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--matrix FILE --machine 2s-ice-lake|2|--matrix and --machine both say where latencies come from; use one",
                "--matrix FILE --cpus 0|2|--cpus and --seconds are for measuring this host; leave them out",
                "--matrix FILE --threshold 0|2|--threshold is a latency above 0, not 0.0",
                "--mhz 2000|2|--mhz goes with --matrix, and is a frequency such as 2200",
                "--renumber|2|--renumber is for --matrix and --machine: this host keeps its numbers",
                "--machine 2s-ice-lake --noise 100|2|--noise is a percentage from 0 to 99, not 100.0",
                "--seconds 0|2|--seconds is 1 to 86400, not 0",
                "--cpus 3-1|2|--cpus: not a list of ranges: '3-1'",
                "--matrix FILE|1|FILE:2:4: 'x' is not a latency",
                "--matrix /|1|/: a directory, not a matrix",
                "--matrix FILE.absent|1|FILE.absent: no such file or directory",
            })
    void whatIsWrongEndsInOneLine(String arguments, int code, String line) throws IOException {
        String file = write(",\n5,,x\n,\n");
        String[] args = ("discover " + arguments.replace("FILE", file)).split(" ");
        assertEquals(code, execute(args));
        assertEquals("mitosis: " + line.replace("FILE", file) + "\n", err.toString());
    }
}
