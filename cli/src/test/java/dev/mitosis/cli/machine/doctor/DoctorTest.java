package dev.mitosis.cli.machine.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibcCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    @TempDir
    private Path root = Path.of(".");

    /** What each installed program prints. */
    private final Map<String, String> installed = new HashMap<>();

    @BeforeEach
    void describeAMachine() throws IOException {
        write("sys/devices/system/cpu/online", "0-1\n");
        write("sys/devices/system/node/online", "0\n");
        write("sys/devices/system/node/node0/cpumap", "3\n");
        write("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 4194304 kB\nNode 0 MemFree: 1048576 kB\n");
        write("sys/devices/system/node/node0/distance", "10\n");
        write("proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable: 2097152 kB\n");
    }

    private void write(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }

    private List<Finding> look() {
        Programs programs = new Programs() {
            @Override
            public Optional<Path> find(String name) {
                return installed.containsKey(name) ? Optional.of(Path.of("/usr/bin", name)) : Optional.empty();
            }

            @Override
            public String ask(Path program, String... arguments) {
                return installed.getOrDefault(String.valueOf(program.getFileName()), "");
            }
        };
        return new Doctor(new FolderFiles(root), programs, new LibcCalls(), Optional.empty()).look();
    }

    private Finding finding(String subject) {
        return look().stream()
                .filter(finding -> finding.subject().equals(subject))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aMissingRecorderSaysWhatToInstall() {
        Finding recorder = finding("QEMU recorder");
        assertEquals(Finding.State.NO, recorder.state());
        assertEquals("apt-get install qemu-user", recorder.remedy());
        assertEquals("apt-get install gcc", finding("C compiler").remedy());
        assertEquals("apt-get install valgrind", finding("Valgrind recorder").remedy());
    }

    @Test
    void anEmulatorWithoutPluginsCannotRecord() {
        installed.put("qemu-x86_64", "qemu-x86_64 version 7.2.0\nusage: ...");
        assertEquals(Finding.State.NO, finding("QEMU recorder").state());
        installed.put("qemu-x86_64", "qemu-x86_64 version 7.2.0\n-plugin QEMU_PLUGIN");
        assertEquals(Finding.State.YES, finding("QEMU recorder").state());
        assertEquals("", finding("QEMU recorder").remedy());
    }

    @Test
    void valgrindWithoutItsHeadersWorksInPart() throws IOException {
        installed.put("valgrind", "valgrind-3.19.0");
        assertEquals(Finding.State.PARTLY, finding("Valgrind recorder").state());
        write("usr/include/valgrind/pub_tool_basics.h", "");
        assertEquals(Finding.State.YES, finding("Valgrind recorder").state());
    }

    @Test
    void memoryAndCountersAreWhatTheKernelSays() throws IOException {
        assertEquals(Finding.State.PARTLY, finding("memory").state());
        assertEquals("2,048 MiB available", finding("memory").fact());
        assertEquals(Finding.State.NO, finding("hardware counters").state());
        write("sys/bus/event_source/devices/cpu/type", "4\n");
        write("proc/sys/kernel/perf_event_paranoid", "4\n");
        assertEquals(Finding.State.PARTLY, finding("hardware counters").state());
        assertTrue(finding("hardware counters").remedy().contains("sysctl"));
        write("proc/sys/kernel/perf_event_paranoid", "2\n");
        assertEquals(Finding.State.YES, finding("hardware counters").state());
    }

    @Test
    void allThreeFormsHoldEachFinding() throws IOException {
        List<Finding> findings = look();
        JsonNode json = new ObjectMapper().readTree(DoctorReport.json(findings));
        assertEquals(findings.size(), json.size());
        assertEquals(findings.size() + 1, DoctorReport.csv(findings).lines().count());
        for (int i = 0; i < findings.size(); i++) {
            assertEquals(findings.get(i).fact(), json.get(i).get("fact").asText());
            assertTrue(DoctorReport.text(findings).contains(findings.get(i).fact()));
        }
    }
}
