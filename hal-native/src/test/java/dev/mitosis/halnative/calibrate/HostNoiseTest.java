package dev.mitosis.halnative.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each of the pitfalls of measuring that a kernel tells of. */
class HostNoiseTest {
    @TempDir
    private Path root = Path.of(".");

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    /** A quiet machine of two packages, a node each, of two processors. */
    @BeforeEach
    void aQuietMachine() throws IOException {
        write("sys/devices/system/cpu/online", "0-3\n");
        for (int node = 0; node < 2; node++) {
            write("sys/devices/system/node/node" + node + "/cpumap", Integer.toHexString(3 << 2 * node) + "\n");
            write("sys/devices/system/node/node" + node + "/meminfo", "Node 0 MemTotal: 4 kB\n");
        }
        packages(0, 0, 1, 1);
        write("proc/cpuinfo", "flags : fpu\n");
        write("proc/loadavg", "0.10 0.20 0.30 1/200 300\n");
        write("proc/stat", "cpu  100 0 50 1000 0 0 0 5 0 0\ncpu0 1 2 3\n");
        write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    }

    private void packages(int... ofCpus) throws IOException {
        for (int cpu = 0; cpu < ofCpus.length; cpu++) {
            String folder = "sys/devices/system/cpu/cpu" + cpu + "/topology/";
            write(folder + "physical_package_id", ofCpus[cpu] + "\n");
            write(folder + "core_id", cpu + "\n");
            write(folder + "thread_siblings", Integer.toHexString(1 << cpu) + "\n");
            write(folder + "core_cpus", Integer.toHexString(1 << cpu) + "\n");
        }
    }

    private HostNoise noise() {
        HostTopology host = new SysfsReader(new FolderFiles(root)).read();
        return new HostNoise(new FolderFiles(root), host, host.onlineCpus());
    }

    @Test
    void aQuietMachineHasNone() {
        HostNoise noise = noise();
        assertEquals(List.of(), noise.before());
        assertEquals(List.of(), noise.after());
    }

    @ParameterizedTest
    @CsvSource({
        "proc/cpuinfo, flags : fpu hypervisor, a virtual machine",
        "proc/sys/kernel/numa_balancing, 1, NUMA balancing is on",
        "sys/kernel/mm/transparent_hugepage/enabled, always madvise [never], no transparent huge pages",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor, schedutil, the frequency governor is 'schedutil'",
        "proc/loadavg, 3.50 1 1 1/2 3, the load is 3.5"
    })
    void whatDisturbsIsSaid(String file, String text, String note) throws IOException {
        write(file, text + "\n");
        List<String> notes = noise().before();
        assertEquals(1, notes.size(), notes.toString());
        assertTrue(notes.get(0).startsWith(note), notes.toString());
    }

    @Test
    void aPackageOfSeveralNodesIsSaid() throws IOException {
        packages(0, 0, 0, 0);
        List<String> notes = noise().before();
        assertEquals(1, notes.size(), notes.toString());
        assertTrue(notes.get(0).startsWith("package 0 has 2 nodes"), notes.toString());
    }

    @Test
    void timeThatAHypervisorTookIsSaid() throws IOException {
        HostNoise noise = noise();
        // 200 more in all, of which 20 were stolen.
        write("proc/stat", "cpu  180 0 50 1100 0 0 0 25 0 0\n");
        assertEquals(
                List.of("the hypervisor took 10 % of the processors' time for others while it was measured"),
                noise.after());
        write("proc/stat", "nonsense\n");
        assertEquals(List.of(), noise.after());
    }

    @Test
    void memoryThatIsNotInHugePagesIsSaid() throws IOException {
        write(
                "proc/self/smaps",
                """
                7f0000000000-7f0000200000 rw-p 00000000 00:00 0
                AnonHugePages:      2048 kB
                7f0000200000-7f0000600000 rw-p 00000000 00:00 0
                Rss:                4096 kB
                AnonHugePages:      1024 kB
                """);
        HostNoise noise = noise();
        assertEquals(List.of(), noise.ofHugePages(0x7f0000000000L, 2 << 20));
        assertEquals(
                List.of("25 % of the memory for huge pages is in huge pages: the rest walks as small ones do"),
                noise.ofHugePages(0x7f0000200000L, 4 << 20));
        assertEquals(List.of(), noise.ofHugePages(0x7f0000900000L, 4 << 20)); // not known
    }

    /** A clock that a piece of work advances by the next of these durations, the last one for ever. */
    private static CpuWarmUp preheat(long... durations) {
        AtomicLong now = new AtomicLong();
        AtomicLong calls = new AtomicLong();
        return new CpuWarmUp(() -> {
            long call = calls.getAndIncrement();
            // Once at the start; then before and after each piece, and once more to look whether time is up.
            if (call > 0 && call % 3 == 2) {
                now.addAndGet(durations[(int) Math.min(durations.length - 1, call / 3)]);
            }
            return now.get();
        });
    }

    @Test
    void aProcessorIsSettledWhenItsPaceIsSteady() {
        assertTrue(preheat(50, 40, 30, 20, 20, 90, 20, 20, 20, 20).isSettledWithin(1000));
        assertFalse(preheat(50, 40, 30, 20, 20).isSettledWithin(170)); // two alike when the time is up
        assertFalse(preheat(10, 20, 30, 40, 50, 60, 70, 80).isSettledWithin(300));
    }
}
