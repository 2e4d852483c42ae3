package dev.mitosis.cli.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TopologyCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path root = Path.of(".");

    @BeforeEach
    void captureAMachine() throws IOException {
        write("cpu/online", "0-1,3\n");
        write("node/node0/cpumap", "3\n");
        write("node/node0/meminfo", "Node 0 MemTotal: 4194304 kB\nNode 0 MemFree: 1048576 kB\n");
        write("node/node0/distance", "10 21\n");
        write("node/node4/cpumap", "8\n");
        write("node/node4/distance", "21 10\n");
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve("sys/devices/system").resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private int execute(String... args) {
        CommandLine line = Main.commandLine(List.of(new TopologyCommand()));
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(args);
    }

    @Test
    void textIsWhatNumactlWouldPrintThere() {
        assertEquals(0, execute("topology", "--sysfs", root.toString()));
        assertEquals(
                """
                available: 2 nodes (0,4)
                node 0 cpus: 0 1
                node 0 size: 4096 MB
                node 0 free: 1024 MB
                node 4 cpus: 3
                node 4 size: <not available>
                node 4 free: <not available>
                node distances:
                node   0   4\s
                  0:  10  21\s
                  4:  21  10\s
                online cpus: 0-1,3
                """,
                out.toString());
    }

    @Test
    void hwlocsXmlIsWrittenAndRead() throws IOException {
        Path xml = root.resolve("machine.xml");
        assertEquals(0, execute("topology", "--sysfs", root.toString(), "--export", xml.toString(), "--format", "csv"));
        String direct = out.toString();
        out.getBuffer().setLength(0);
        assertEquals(0, execute("topology", "--hwloc", xml.toString(), "--format", "csv"));
        // It has no word for free memory, and none for memory that is not known.
        assertEquals(direct.replace("1073741824", "").replace("\"3\",,", "\"3\",0,"), out.toString());
        assertEquals(2, execute("topology", "--hwloc", xml.toString(), "--sysfs", root.toString()));
        assertEquals(
                1,
                execute(
                        "topology",
                        "--hwloc",
                        root.resolve("sys/devices/system/cpu/online").toString()));
        assertTrue(err.toString().contains("online:1: not hwloc's XML"), err.toString());
    }

    @Test
    void processorsTlbsAndWhatIsAllowedAreSaid() throws IOException {
        Files.createDirectories(root.resolve("proc/self"));
        Files.writeString(
                root.resolve("proc/cpuinfo"),
                "processor : 0\nvendor_id : AuthenticAMD\ncpu family : 25\nmodel : 17\nmodel name : Some  EPYC\nTLB size : 3584 4K pages\n");
        Files.writeString(
                root.resolve("proc/self/status"),
                "Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
        write("node/node4/access0/initiators/node0", "");
        write("node/node4/access0/initiators/read_latency", "120\n");
        assertEquals(0, execute("topology", "--sysfs", root.toString()));
        String text = out.toString();
        for (String line : List.of(
                "allowed cpus: 0-1 (/proc/self/status)",
                "allowed nodes: 0",
                "processor: Some EPYC (Zen 4)",
                "tlb L2 DTLB 4K+2M: 3072 entries, 12 ways (AOG19-10)",
                "node 4 access class 0: nearest to nodes 0, read 120 ns")) {
            assertTrue(text.contains(line + "\n"), text);
        }
        out.getBuffer().setLength(0);
        assertEquals(0, execute("topology", "--sysfs", root.toString(), "--format", "json"));
        assertTrue(out.toString().contains("\"readLatencyNs\" : 120"), out.toString());
        assertTrue(out.toString().contains("\"microarchitecture\" : \"Zen 4\""), out.toString());
    }

    @Test
    void csvLeavesTheUnknownEmpty() {
        assertEquals(0, execute("topology", "--sysfs", root.toString(), "--format", "csv"));
        assertEquals(
                """
                node,cpus,size_bytes,free_bytes,distance_to_0,distance_to_4
                0,"0-1",4294967296,1073741824,10,21
                4,"3",,,21,10
                """,
                out.toString());
    }

    @Test
    void jsonLeavesTheUnknownNull() {
        assertEquals(0, execute("topology", "--sysfs", root.toString(), "--format", "json"));
        String json = out.toString().replaceAll("\\s+", "");
        assertTrue(
                json.contains("{\"node\":4,\"cpus\":[3],\"sizeBytes\":null,\"freeBytes\":null,\"distances\":[21,10]}"),
                json);
    }

    @Test
    void aDrawingIsSvgOfEachNodeAndDistance() throws Exception {
        Path file = root.resolve("machine.svg");
        assertEquals(0, execute("topology", "--sysfs", root.toString(), "--svg", file.toString()));
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        assertEquals("svg", document.getDocumentElement().getTagName());
        String text = document.getDocumentElement().getTextContent();
        assertTrue(text.contains("node 0") && text.contains("node 4") && text.contains("memory unknown"), text);
        assertEquals(2, text.split("21", -1).length - 1, "the distance, both ways");
        try (var files = Files.list(root)) {
            assertTrue(files.noneMatch(path -> path.toString().endsWith(".part")));
        }
    }

    @Test
    void aDrawingNeedsADirectory() {
        Path file = root.resolve("absent").resolve("machine.svg");
        assertEquals(2, execute("topology", "--sysfs", root.toString(), "--svg", file.toString()));
        assertEquals("", out.toString());
    }

    @Test
    void whatIsNoMachineEndsInOneLine() {
        assertEquals(1, execute("topology", "--sysfs", root.resolve("absent").toString()));
        assertEquals("mitosis: " + root.resolve("absent") + ": no such file or directory\n", err.toString());
    }
}
