package dev.mitosis.halnative.hwloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HwlocReaderTest {
    /** As hwloc 1.11 writes a machine of two nodes: nodes are in the tree, and distances are relative to a base. */
    private static final String VERSION_1 =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE topology SYSTEM "hwloc.dtd">
            <topology>
              <object type="Machine" os_index="0" cpuset="0x0000000f" allowed_cpuset="0x00000007" allowed_nodeset="0x00000003">
                <distances nbobjs="2" relative_depth="1" latency_base="10.000000">
                  <latency value="1.000000"/><latency value="2.100000"/><latency value="3.100000"/><latency value="1.000000"/>
                </distances>
                <object type="NUMANode" os_index="0" cpuset="0x00000003" nodeset="0x00000001" local_memory="1048576">
                  <object type="Socket" os_index="4" cpuset="0x00000003">
                    <object type="Cache" cpuset="0x00000003" cache_size="262144" depth="2" cache_linesize="64" cache_associativity="8" cache_type="0">
                      <object type="Core" os_index="7" cpuset="0x00000003">
                        <object type="PU" os_index="0" cpuset="0x00000001"/><object type="PU" os_index="1" cpuset="0x00000002"/>
                      </object></object></object></object>
                <object type="NUMANode" os_index="1" cpuset="0x0000000c" nodeset="0x00000002" local_memory="2097152">
                  <object type="PU" os_index="2" cpuset="0x00000004"/><object type="PU" os_index="3" cpuset="0x00000008"/>
                </object>
              </object>
            </topology>
            """;

    @TempDir
    private Path folder = Path.of(".");

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("machine.xml"), text);
    }

    /** Nodes, processors and distances: none may wrap around to a small one. */
    @ParameterizedTest
    @CsvSource({
        "type=\"NUMANode\" os_index=\"0\", type=\"NUMANode\" os_index=\"4294967296\"",
        "type=\"PU\" os_index=\"0\", type=\"PU\" os_index=\"4294967297\"",
        "type=\"Socket\" os_index=\"4\", type=\"Socket\" os_index=\"4294967300\"",
    })
    void anIndexBeyond31BitsIsRefusedWithItsLine(String was, String is) throws IOException {
        Path file = file(VERSION_1.replace(was, is));
        IOException refused = assertThrows(IOException.class, () -> HwlocReader.read(file));
        assertTrue(
                String.valueOf(refused.getMessage()).contains(": a number beyond 31 bits: 42949"),
                refused.getMessage());
    }

    @Test
    void bytesThatAreNotTextAreRefusedAndTheParserPrintsNothing() throws IOException {
        PrintStream before = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            for (byte[] bytes : new byte[][] {
                {(byte) 0xff, '<', 'a'}, "<?xml version='1.0'?><a\u00ff".getBytes(StandardCharsets.ISO_8859_1)
            }) {
                Path file = Files.write(folder.resolve("machine.xml"), bytes);
                assertThrows(IOException.class, () -> HwlocReader.read(file));
            }
        } finally {
            System.setErr(before);
        }
        assertEquals("", printed.toString(StandardCharsets.UTF_8));
    }

    @Test
    void versionOneHasNodesInTheTree() throws IOException {
        HostTopology host = HwlocReader.read(file(VERSION_1));
        assertEquals("0-3", Bitmasks.list(host.onlineCpus()));
        assertEquals("2-3", Bitmasks.list(host.nodes().get(1).cpus()));
        assertEquals(2 << 20, host.nodes().get(1).sizeBytes());
        assertEquals("0-2", Bitmasks.list(host.details().allowed().cpus()));
        assertEquals(4, host.details().cores().get(0).packageId());
        assertEquals(
                "[HostCache[name=L2, sizeBytes=262144, ways=8, instances=1]]",
                host.caches().toString());
        assertEquals(21, host.distance(0, 1));
        assertEquals(31, host.distance(1, 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    <topology | 1: not hwloc's XML
                    <html/> | 1: not hwloc's XML: it begins with 'html'
                    <topology/> | not hwloc's XML of a machine: it has no processors
                    <topology><object type="PU" os_index="-4"/></topology> | an object without a number that can be: -1
                    <topology><object type="PU" os_index="99999999"/></topology> | an object without a number that can be
                    <topology><object type="NUMANode" os_index="0" cpuset="0xfg"/></topology> | not a set: '0xfg'
                    <topology><object type="NUMANode" os_index="0" local_memory="much"/></topology> | not a number: 'much'
                    <topology><object type="PU" os_index="0"/><distances2 type="NUMANode" indexing="os"><indexes>0 1</indexes><u64values>10</u64values></distances2></topology> | 1 distances for 2 nodes
                    """)
    void whatIsNoMachineIsRefusedWithItsLine(String text, String message) throws IOException {
        IOException refused = assertThrows(IOException.class, () -> HwlocReader.read(file(text)));
        String said = String.valueOf(refused.getMessage());
        assertTrue(said.contains(message), said);
        assertTrue(said.startsWith(folder + "/machine.xml:"), said);
    }

    @Test
    void entitiesAreNotReplaced() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "1");
        Path file = file("<!DOCTYPE topology [<!ENTITY e SYSTEM \"" + secret.toUri()
                + "\">]><topology><object type='PU' os_index='0'/><distances2 type='NUMANode' indexing='os'>"
                + "<indexes>&e;</indexes><u64values>10</u64values></distances2></topology>");
        assertThrows(IOException.class, () -> HwlocReader.read(file));
    }

    @Test
    void aFileThatIsTooLargeIsNotRead() throws IOException {
        Path large = folder.resolve("large.xml");
        try (OutputStream out = Files.newOutputStream(large)) {
            byte[] spaces = new byte[1 << 20];
            for (int i = 0; i <= 64; i++) {
                out.write(spaces);
            }
        }
        assertTrue(String.valueOf(assertThrows(IOException.class, () -> HwlocReader.read(large))
                        .getMessage())
                .contains("larger than any description"));
    }
}
