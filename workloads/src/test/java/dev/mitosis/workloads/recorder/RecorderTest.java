package dev.mitosis.workloads.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.recorder.stream.RecordingResult;
import dev.mitosis.workloads.trace.EventLog;
import dev.mitosis.workloads.trace.TracePart;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real programs under the real recorder: the one with Valgrind here, the one with QEMU in {@link QemuRecorderTest}. */
class RecorderTest {
    @TempDir
    private Path folder = Path.of(".");

    @BeforeEach
    void needsTheRecorderAndACompiler() throws Exception {
        assumeTrue(ProgramFile.inPath("cc") != null, "no C compiler is installed");
        RecorderTests.assumeCanRecord(choice());
    }

    RecorderChoice choice() {
        return RecorderChoice.VALGRIND;
    }

    private Path compile(String source) throws Exception {
        Path file = folder.resolve("program.c");
        Files.writeString(file, source);
        Path program = folder.resolve("program");
        Process compiler = new ProcessBuilder("cc", "-O1", "-pthread", "-o", program.toString(), file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, compiler.waitFor(), said);
        return program;
    }

    @Test
    void exitCodesAndSignalsAreTheProgramsOwn() throws Exception {
        assertEquals(7, record(new EventLog(), "sh", "-c", "exit 7").status());
        assertEquals(128 + 9, record(new EventLog(), "sh", "-c", "kill -9 $$").status());
        assertEquals(
                128 + 15, record(new EventLog(), "sh", "-c", "kill -TERM $$").status());
    }

    @Test
    void storesOfALoopAreRecordedOncePerLineWithTheirCount() throws Exception {
        Path program = compile(
                """
                #include <stdlib.h>
                #include <sys/mman.h>
                int main(void) {
                    volatile char *p = mmap((void *)0x200000000, 1 << 16, 3, 0x22 | 0x10, -1, 0);
                    for (int i = 0; i < 1 << 16; i++) p[i] = 1;
                    return 0;
                }
                """);
        Window window = new Window(0x2_0000_0000L, 1 << 16);
        RecordingResult result = record(window, program.toString());
        assertEquals(0, result.status());
        // 64 KiB stored byte by byte: 1,024 lines of 64 accesses each.
        assertEquals(1024, window.entries);
        assertEquals(1 << 16, window.stores);
        assertTrue(window.mapped, "the mapping call came before");
    }

    @Test
    void accessesOfThreadsComeBeforeTheUnmappingThatFollowsThem() throws Exception {
        Path program = compile(
                """
                #include <pthread.h>
                #include <sys/mman.h>
                static volatile char *p;
                static void *work(void *part) {
                    for (int i = 0; i < 4096 * 4; i += 64) p[(long)part * 4096 * 4 + i] = 1;
                    return 0;
                }
                int main(void) {
                    for (int round = 0; round < 20; round++) {
                        pthread_t t[4];
                        p = mmap((void *)0x200000000, 1 << 16, 3, 0x22 | 0x10, -1, 0);
                        for (long i = 0; i < 4; i++) pthread_create(t + i, 0, work, (void *)i);
                        for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
                        munmap((void *)p, 1 << 16);
                    }
                    return 0;
                }
                """);
        Window window = new Window(0x2_0000_0000L, 1 << 16);
        RecordingResult result = record(window, program.toString());
        assertEquals(81, result.threads());
        assertEquals(20 * 1024, window.entries);
        assertEquals(0, window.outside, "accesses while nothing was mapped");
    }

    @Test
    void childrenAndWhatTheyExecuteAreRecorded() throws Exception {
        EventLog log = new EventLog();
        RecordingResult result = record(log, "sh", "-c", "/bin/true; /bin/true; exit 3");
        assertEquals(3, result.status());
        assertEquals(3, result.processes());
        long forks = log.events().stream()
                .filter(event -> event.startsWith("process") && event.contains(" of 0 "))
                .count();
        assertEquals(2, forks);
        assertTrue(log.events().stream().anyMatch(event -> event.endsWith("runs /bin/true")), "exec is seen");
        assertEquals("end true", log.events().get(log.events().size() - 1));
    }

    @Test
    void whatTheKernelReadsForTheProgramIsATouch() throws Exception {
        Path program = compile(
                """
                #include <fcntl.h>
                #include <sys/mman.h>
                #include <unistd.h>
                int main(void) {
                    char *p = mmap((void *)0x200000000, 1 << 16, 3, 0x22 | 0x10, -1, 0);
                    int fd = open("/dev/zero", O_RDONLY);
                    return read(fd, p, 1 << 16) == 1 << 16 ? 0 : 1;
                }
                """);
        Window window = new Window(0x2_0000_0000L, 1 << 16);
        assertEquals(0, record(window, program.toString()).status());
        assertEquals(1024, window.kernelEntries);
    }

    @Test
    void whatCannotBeRecordedIsSaidInOneLineWithAShellsExitCode() throws Exception {
        assertRefused(127, "no-such-program: no such program in PATH", "no-such-program");
        assertRefused(127, "no such file or directory", folder.resolve("absent").toString());
        assertRefused(126, "is a directory", folder.toString());
        Path text = Files.writeString(folder.resolve("text"), "hello");
        assertRefused(126, "not executable", text.toString());
        assertTrue(text.toFile().setExecutable(true));
        assertRefused(126, "neither an ELF program nor a script", text.toString());
        byte[] riscv = new byte[64];
        System.arraycopy(new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1}, 0, riscv, 0, 7);
        riscv[18] = (byte) 243;
        Path other = Files.write(folder.resolve("riscv"), riscv);
        assertTrue(other.toFile().setExecutable(true));
        assertRefused(126, "another architecture (ELF machine 243", other.toString());
    }

    private void assertRefused(int exitCode, String what, String program) {
        RecorderException refused = assertThrows(RecorderException.class, () -> record(new EventLog(), program));
        assertEquals(exitCode, refused.exitCode());
        assertTrue(String.valueOf(refused.getMessage()).contains(what), refused.getMessage());
    }

    private RecordingResult record(TraceSink sink, String... argv) throws IOException {
        return Recorder.record(List.of(argv), sink, RecorderSettings.DEFAULT.with(choice()), () -> false);
    }

    /** Counts the accesses to one range, and those that come while it is not mapped. */
    private static final class Window implements TraceSink {
        private final long startVa;
        private final long bytes;
        private boolean mapped;
        private boolean isMapped;
        private long entries;
        private long stores;
        private long kernelEntries;
        private long outside;

        Window(long startVa, long bytes) {
            this.startVa = startVa;
            this.bytes = bytes;
        }

        @Override
        public void processStarted(int process, int parent, boolean sharesMemory, String command) {}

        @Override
        public void initialMapping(int process, long start, long end, int prot, String name) {}

        @Override
        public void threadStarted(int process, int thread) {}

        @Override
        public void accesses(int process, int thread, AccessBatch batch) {
            for (int i = 0; i < batch.size; i++) {
                if (batch.va[i] >= startVa && batch.va[i] < startVa + bytes) {
                    entries++;
                    outside += isMapped ? 0 : 1;
                    boolean isStore = (batch.meta[i] & AccessBatch.STORE) != 0;
                    stores += isStore ? batch.meta[i] >>> AccessBatch.COUNT_SHIFT : 0;
                    kernelEntries += (batch.meta[i] & AccessBatch.KERNEL) != 0 ? 1 : 0;
                }
            }
        }

        @Override
        public void part(TracePart part) {}

        @Override
        public void leftOut(int process, int thread, long accesses, long instructions) {}

        @Override
        public void systemCall(int process, int thread, int number, long[] args, long result) {
            if (number == 9 && result == startVa) {
                mapped = true;
                isMapped = true;
            }
            if (number == 11 && args[0] == startVa) {
                isMapped = false;
            }
        }

        @Override
        public void threadExited(int process, int thread) {}

        @Override
        public void processExited(int process, int status) {}

        @Override
        public void end(boolean complete) {}
    }
}
