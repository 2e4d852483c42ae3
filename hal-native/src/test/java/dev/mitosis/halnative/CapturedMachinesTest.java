package dev.mitosis.halnative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.hwloc.HwlocReader;
import dev.mitosis.halnative.hwloc.HwlocWriter;
import dev.mitosis.halnative.topology.AllowedSets;
import dev.mitosis.halnative.topology.CpuModel;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.halnative.topology.NodeAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Real machines as their kernels described them: of Itanium, Opteron, Xeon and Kunpeng, with sparse nodes, offline processors, nodes
 * without memory or processors, and one whose firmware is wrong. Compared with hwloc's reading of the same trees by hand.
 */
class CapturedMachinesTest {
    /** Name, numbers of the nodes, their processors, their MiB, the distances of the first and of the last. */
    private static final String MACHINES =
            """
        128arm-2pa2n8cluster4co | 0,1,2,3 | 0-31 32-63 64-95 96-127 | 128645 129021 129021 127990 | 10 16 32 33 | 33 32 16 10
        128ia64-17n4s2c | 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 | 0-7 8-15 16-23 24-31 32-39 40-47 48-55 56-63 64-71 72-79 80-87 88-95 96-103 104-111 112-119 120-127 - | 97712 97728 98240 98240 98240 98240 98240 98239 98240 98240 98240 98240 98240 98239 98240 98233 996 | 10 17 17 17 20 20 20 20 20 20 20 20 20 20 20 20 14 | 14 14 14 14 14 14 14 14 14 14 14 14 14 14 14 14 10
        16amd64-8n2c-cpusets | 0,1,2,3,4,5,6,7 | 0-1 2-3 5 6-7 8-9 10-11 12-13 14-15 | 8190 8192 8192 8192 8192 8192 8192 8192 | 10 20 20 20 20 20 20 20 | 20 20 20 20 20 20 20 10
        16em64t-4s2c2t-offlines | 0 | 0-15 | 16379 | 10 | 10
        16em64t-4s2c2t | 0 | 0-15 | 16379 | 10 | 10
        16ia64-8n2s | 0,1,2,3,4,5,6,7 | 0-1 2-3 4-5 6-7 8-9 10-11 12-13 14-15 | 5903 5904 5904 5904 5904 5903 5904 5885 | 10 25 25 25 29 29 29 29 | 29 29 29 29 25 25 25 10
        32amd64-4s2n4c-cgroup2 | 0,1,2,3,4,5,6,7 | 0-3 4-7 8-11 12-15 16-19 20-23 24-27 28-31 | 16381 16384 16384 16384 16384 16384 16384 16384 | 10 16 16 22 16 22 16 22 | 22 16 22 16 22 16 16 10
        48amd64-4pa2n6c-sparse | 0,1,2,33,34,45,72,73 | 0-5 6-11 12-17 18-23 24-29 30-35 36-41 42-47 | 8189 16384 8192 16384 8192 16384 8192 16384 | 10 16 16 22 16 22 16 22 | 22 16 16 22 22 16 16 10
        8em64t-2s2ca2c-buggynuma | 0,1,2,3,4,5,6,7 | 0-7 0-7 0-7 0-7 0-7 0-7 0-7 0-7 | 2047 2047 2048 2048 2048 2048 2048 2048 | 10 10 10 10 10 10 10 10 | 10 10 10 10 10 10 10 10
        96em64t-4no4pa3ca2co | 0,1,2,3 | 0-23 24-47 48-71 72-95 | 129005 129027 129027 129027 | 10 26 26 26 | 26 26 26 10
        fakeheterocpunuma | 0,1,2,3,4,5 | 0-3 8-11 - 20-23 16-23 12-23 | 1024 1024 1024 1024 1024 1024 | 10 20 30 40 40 50 | 40 40 50 30 30 10
        fakememinitiators-1np2c+1npp+gi | 0,1,2,3,4,5,6,7,8,9,10 | 0-1 2-3 4-5 6-7 - - - - - - - | 0 0 0 0 0 95163 96767 759808 95255 96729 761856 | 10 21 13 21 12 11 14 17 21 21 28 | 28 17 28 17 13 28 28 28 17 17 10
        """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = MACHINES)
    void everyNodeIsAsTheFilesSay(String name, String numbers, String cpus, String mebibytes, String first, String last)
            throws IOException {
        HostTopology host = CapturedTree.archive(name);
        assertSame(host, numbers, cpus, mebibytes, first, last);
    }

    /** What is written for hwloc is the same machine when it is read again; without offline processors, which it has no word for. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = MACHINES)
    void hwlocsXmlHoldsTheMachine(
            String name, String numbers, String cpus, String mebibytes, String first, String last, @TempDir Path folder)
            throws IOException {
        HostTopology host = CapturedTree.archive(name);
        Path file = folder.resolve("machine.xml");
        Files.writeString(file, HwlocWriter.write(host));
        HostTopology again = HwlocReader.read(file);
        assertEquals(host.onlineCpus(), again.onlineCpus());
        assertEquals(host.details().cores().size(), again.details().cores().size());
        assertEquals(host.caches().toString(), again.caches().toString());
        CpuModel model = host.details().model();
        assertEquals(
                host.details().cores().isEmpty()
                        ? CpuModel.UNKNOWN
                        : new CpuModel(model.vendor(), model.family(), model.model(), model.name(), -1),
                again.details().model());
        String online = name.equals("16em64t-4s2c2t-offlines")
                ? "0-1,3-4,6-12,15"
                : name.equals("16amd64-8n2c-cpusets") ? cpus.replace("4-5", "5") : cpus;
        boolean hasDistances = host.nodes().size() > 1 && host.distance(0, 1) > 0;
        String none = "0" + " 0".repeat(host.nodes().size() - 1);
        assertSame(again, numbers, online, mebibytes, hasDistances ? first : none, hasDistances ? last : none);
    }

    @Test
    void processorsThatMayBeUsedAreThoseOfTheControlGroup() throws IOException {
        AllowedSets old = CapturedTree.archive("16amd64-8n2c-cpusets").details().allowed();
        assertEquals("0-3,5-6,12-15 1-4", Bitmasks.list(old.cpus()) + " " + Bitmasks.list(old.nodes()));
        AllowedSets unified =
                CapturedTree.archive("32amd64-4s2n4c-cgroup2").details().allowed();
        assertEquals("0-5 0-5", Bitmasks.list(unified.cpus()) + " " + Bitmasks.list(unified.nodes()));
        assertTrue(unified.source().endsWith("job_15389/step_0"), unified.source());
    }

    @Test
    void kindsOfProcessorsAndAccessClassesAreRead() throws IOException {
        HostTopology hybrid = CapturedTree.archive("fakeheterocpunuma");
        StringJoiner kinds = new StringJoiner("; ");
        hybrid.details()
                .kinds()
                .forEach(kind -> kinds.add(kind.name() + " " + Bitmasks.list(kind.cpus()) + " " + kind.capacity()));
        assertEquals("foo_baz 0-7 234; foo_baz 8-11 234; foo_bar 12-23 1025", kinds.toString());
        HostTopology tiered = CapturedTree.archive("fakememinitiators-1np2c+1npp+gi");
        NodeAccess near = tiered.details().accesses().get(1);
        assertEquals(5, near.target());
        assertEquals("0", Bitmasks.list(near.initiators()));
        assertEquals(26, near.readLatencyNs());
        assertEquals(131072, near.readMibPerSecond());
    }

    private static void assertSame(
            HostTopology host, String numbers, String cpus, String mebibytes, String first, String last) {
        StringJoiner ourNumbers = new StringJoiner(",");
        StringJoiner ourCpus = new StringJoiner(" ");
        StringJoiner ourMebibytes = new StringJoiner(" ");
        StringJoiner ourFirst = new StringJoiner(" ");
        StringJoiner ourLast = new StringJoiner(" ");
        int count = host.nodes().size();
        for (int i = 0; i < count; i++) {
            HostNode node = host.nodes().get(i);
            ourNumbers.add(Integer.toString(node.number()));
            ourCpus.add(node.cpus().isEmpty() ? "-" : Bitmasks.list(node.cpus()));
            ourMebibytes.add(Long.toString(node.sizeBytes() >> 20));
            ourFirst.add(Integer.toString(host.distance(0, i)));
            ourLast.add(Integer.toString(host.distance(count - 1, i)));
        }
        assertEquals(numbers, ourNumbers.toString());
        assertEquals(cpus, ourCpus.toString());
        assertEquals(mebibytes, ourMebibytes.toString());
        assertEquals(first, ourFirst.toString());
        assertEquals(last, ourLast.toString());
    }
}
