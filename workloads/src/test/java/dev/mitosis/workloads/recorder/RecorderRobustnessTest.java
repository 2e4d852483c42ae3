package dev.mitosis.workloads.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.recorder.stream.RecordingResult;
import dev.mitosis.workloads.trace.DiscardingSink;
import dev.mitosis.workloads.trace.EventLog;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.PartialFile;
import dev.mitosis.workloads.trace.TraceFileReader;
import dev.mitosis.workloads.trace.TraceFileWriter;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever dies or stands still: the program goes on, and what was recorded can be read. */
class RecorderRobustnessTest {
    private static final RecorderSettings SHORT = new RecorderSettings(1, 300, RecorderChoice.AUTO);

    /** Touches memory for a number of rounds, writes a file, and ends with 6. */
    private static final String WORK =
            """
            #include <stdio.h>
            #include <stdlib.h>
            int main(int count, char **words) {
                volatile long *data = malloc(1 << 23);
                for (long i = 0; i < atol(words[1]) * 1000000; i++) data[i * 40503 % (1 << 20)] += i;
                FILE *file = fopen(words[2], "w");
                fputs("finished\\n", file);
                fclose(file);
                return 6;
            }
            """;

    @TempDir
    private Path folder = Path.of(".");

    @BeforeEach
    void needsTheRecorderAndACompiler() throws Exception {
        RecorderTests.assumeCanRecord(RecorderChoice.AUTO);
        assumeTrue(ProgramFile.inPath("cc") != null, "no C compiler is installed");
    }

    private String compile(String compiler, String source, String... options) throws Exception {
        Path file = Files.writeString(folder.resolve("program.c"), source);
        Path program = folder.resolve("program");
        List<String> command = new ArrayList<>(List.of(compiler, "-O1", "-pthread"));
        command.addAll(List.of(options));
        command.addAll(List.of("-o", program.toString(), file.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        return program.toString();
    }

    @Test
    void aProgramThatLoopsWithoutAccessesIsNamedWithItsLastCallAndGoesOn() throws Exception {
        String program = compile(
                "cc",
                """
                #include <sys/resource.h>
                #include <unistd.h>
                int main(void) {
                    struct rusage used;
                    getppid();
                    do {
                        for (register long i = 0; i < 400000000; i++) __asm__ volatile("");
                        getrusage(RUSAGE_SELF, &used);
                    } while (used.ru_utime.tv_sec < 4);
                    return 6;
                }
                """);
        List<String> said = Collections.synchronizedList(new ArrayList<>());
        RecordingResult result = Recorder.record(
                List.of(program),
                new DiscardingSink(),
                RecorderSettings.DEFAULT.with(RecorderChoice.VALGRIND).withWarnings(1, said::add),
                () -> false);
        assertEquals(6, result.status());
        assertTrue(result.isWhole());
        String line = String.join("\n", said);
        assertTrue(line.startsWith(program + " (process "), line);
        assertTrue(line.contains("last system call: getppid") || line.contains("last system call: getrusage"), line);
    }

    private Path finished() {
        return folder.resolve("finished");
    }

    private List<String> work(int rounds) throws Exception {
        return List.of(compile("cc", WORK), Integer.toString(rounds), finished().toString());
    }

    private static RecordingResult record(List<String> argv, TraceSink sink) throws IOException {
        return Recorder.record(argv, sink, SHORT, () -> false);
    }

    @Test
    void aSinkThatBreaksLetsTheProgramGoOnUnrecorded() throws Exception {
        TraceSink full = new ForwardingSink(new DiscardingSink()) {
            @Override
            public void accesses(int process, int thread, AccessBatch batch) {
                throw new UncheckedIOException(new IOException("cannot write t.mtrace: No space left on device"));
            }
        };
        RecordingResult result = record(work(2), full);
        assertEquals(6, result.status());
        assertTrue(Files.exists(finished()), "the program went on to its end");
        assertFalse(result.isWhole());
        assertEquals(
                "cannot write t.mtrace: No space left on device",
                result.failure().orElseThrow().getMessage());
    }

    /** The sink is held until the program has ended: without patience it would never end. */
    @Test
    void aSinkThatStandsStillDoesNotStopTheProgram() throws Exception {
        CountDownLatch isOver = new CountDownLatch(1);
        Path end = finished();
        TraceSink stuck = new ForwardingSink(new DiscardingSink()) {
            @Override
            public void accesses(int process, int thread, AccessBatch batch) {
                try {
                    while (!Files.exists(end) && !isOver.await(20, TimeUnit.MILLISECONDS)) {
                        assert isOver.getCount() > 0;
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        RecordingResult result = record(work(2), stuck);
        assertEquals(6, result.status());
        assertTrue(Files.exists(end));
        assertFalse(result.isWhole());
        assertTrue(
                result.notes().toString().contains("went on unrecorded"),
                result.notes().toString());
    }

    @Test
    void enoughIsEnoughAndTheProgramGoesOn() throws Exception {
        long[] seen = new long[1];
        TraceSink counting = new ForwardingSink(new DiscardingSink()) {
            @Override
            public void accesses(int process, int thread, AccessBatch batch) {
                seen[0] += batch.rawAccesses();
            }
        };
        RecordingResult result =
                Recorder.record(work(20), counting, RecorderSettings.DEFAULT, () -> seen[0] >= 500_000);
        assertEquals(6, result.status());
        assertTrue(Files.exists(finished()));
        assertTrue(seen[0] >= 500_000 && seen[0] < 5_000_000, "accesses: " + seen[0]);
    }

    @Test
    void aProgramThatIsKilledLeavesAWholeTraceOfWhatItDid() throws Exception {
        Path trace = folder.resolve("t.mtrace");
        String program = compile(
                "cc",
                """
                #include <signal.h>
                #include <stdlib.h>
                int main(void) {
                    volatile char *data = malloc(1 << 24);
                    for (long i = 0; i < 1 << 18; i++) data[i * 64] = 1;
                    raise(SIGKILL);
                    return 0;
                }
                """);
        try (TraceFileWriter writer = new TraceFileWriter(trace)) {
            assertEquals(128 + 9, record(List.of(program), writer).status());
            writer.commit();
        }
        EventLog log = new EventLog();
        assertTrue(new TraceFileReader(trace).replay(log));
        assertTrue(log.events().contains("exit 0 137"), "the end of the process is there");
        long batches = log.events().stream()
                .filter(event -> event.startsWith("accesses"))
                .count();
        assertTrue(batches >= 240, "of 262144 stores: " + batches + " batches of 1024");
    }

    /** A recorder of its own, killed in the middle: the part file is read, and the program comes to its end. */
    @Test
    void aRecorderThatIsKilledLeavesItsTraceAndTheProgramRunning() throws Exception {
        Path trace = folder.resolve("t.mtrace");
        Path part = PartialFile.part(trace);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                KilledRecorder.class.getName(),
                trace.toString()));
        command.addAll(work(30));
        Path said = folder.resolve("said");
        Process recorder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        while (recorder.isAlive() && (!Files.exists(part) || Files.size(part) < 1 << 20)) {
            recorder.waitFor(20, TimeUnit.MILLISECONDS);
        }
        recorder.destroyForcibly().waitFor();
        assertFalse(Files.exists(trace));
        EventLog log = new EventLog();
        assertFalse(new TraceFileReader(part).replay(log));
        assertEquals("end false", log.events().get(log.events().size() - 1));
        assertTrue(log.events().size() > 20, "events: " + log.events().size());
        for (int waited = 0; !Files.exists(finished()) && waited < 1200; waited++) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertTrue(Files.exists(finished()), "the program went on to its end");
        assertTrue(Files.readString(said).contains("goes on unrecorded"), Files.readString(said));
    }

    /** The recorder's own process gets the signal here, as from a terminal; the program decides what becomes of it. */
    @Test
    void anInterruptIsTheProgramsToHandleForAWhile() throws Exception {
        String pid = Long.toString(ProcessHandle.current().pid());
        RecordingResult result =
                Recorder.record(List.of("sh", "-c", "kill -INT " + pid + "; sleep 0.2; exit 5"), new EventLog());
        assertEquals(5, result.status());
        assertTrue(result.isWhole());
    }

    @Test
    void anInterruptEndsAProgramThatDoesNotEndAndLeavesWhatWasRecorded() throws Exception {
        String pid = Long.toString(ProcessHandle.current().pid());
        EventLog log = new EventLog();
        RecordingResult result =
                record(List.of("sh", "-c", "trap '' TERM; kill -INT " + pid + "; while :; do sleep 0.1; done"), log);
        assertTrue(result.status() > 128, "status " + result.status());
        assertFalse(result.isWhole());
        assertTrue(result.failure().isEmpty());
        assertEquals("end false", log.events().get(log.events().size() - 1));
        assertTrue(result.accesses() > 10_000, "accesses: " + result.accesses());
    }

    /** Each thread stores to a sequence of its own; what comes out of the stream is that sequence, whole. */
    @Test
    void nothingOfFourThreadsIsLostOrOutOfOrder() throws Exception {
        String program = compile(
                "cc",
                """
                #include <pthread.h>
                #include <sys/mman.h>
                enum { N = 200000 };
                static void *work(void *part) {
                    volatile char *p = (char *)0x200000000 + (long)part * (1L << 32);
                    for (long i = 0; i < N; i++) p[i * 7919 % N * 64] = 1;
                    return 0;
                }
                int main(void) {
                    pthread_t t[4];
                    for (long i = 0; i < 4; i++)
                        mmap((char *)0x200000000 + i * (1L << 32), N * 64, 3, 0x4022 | 0x10, -1, 0);
                    for (long i = 0; i < 4; i++) pthread_create(t + i, 0, work, (void *)i);
                    for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
                    return 0;
                }
                """);
        int n = 200_000;
        Map<Integer, Integer> next = new HashMap<>();
        Map<Integer, Integer> part = new HashMap<>();
        TraceSink checking = new ForwardingSink(new DiscardingSink()) {
            @Override
            public void accesses(int process, int thread, AccessBatch batch) {
                for (int i = 0; i < batch.size; i++) {
                    long offset = batch.va[i] - 0x2_0000_0000L;
                    if (offset < 0 || offset >= 4L << 32 || (batch.meta[i] & AccessBatch.STORE) == 0) {
                        continue;
                    }
                    int at = next.merge(thread, 1, Integer::sum) - 1;
                    int of = part.computeIfAbsent(thread, fresh -> (int) (offset >>> 32));
                    assertEquals((long) of << 32 | (long) at * 7919 % n * 64, offset, "store " + at);
                    assertEquals(1, batch.meta[i] >>> AccessBatch.COUNT_SHIFT);
                }
            }
        };
        assertEquals(0, record(List.of(program), checking).status());
        assertEquals(4, next.size(), next.toString());
        next.forEach((thread, stores) -> assertEquals(n, stores, "thread " + thread));
    }

    @Test
    void programsForAarch64AreRecordedWithTheirCallsUnderX86Numbers() throws Exception {
        assumeTrue(ProgramFile.inPath("qemu-aarch64") != null, "qemu-aarch64 is not installed");
        String cross = "aarch64-linux-gnu-gcc";
        assumeTrue(ProgramFile.inPath(cross) != null, cross + " is not installed");
        String program = compile(
                cross,
                """
                #include <sys/mman.h>
                #include <sys/wait.h>
                #include <unistd.h>
                int main(void) {
                    volatile char *p = mmap((void *)0x200000000, 1 << 16, 3, 0x22 | 0x10, -1, 0);
                    for (int i = 0; i < 1 << 16; i++) p[i] = 1;
                    munmap((void *)p, 1 << 16);
                    if (fork() == 0) { execl("/bin/true", "true", (char *)0); _exit(9); }
                    int status;
                    wait(&status);
                    return 3 + status;
                }
                """,
                "-static");
        EventLog log = new EventLog();
        RecordingResult result = record(List.of(program), log);
        assertEquals(3, result.status());
        assertEquals(2, result.processes());
        assertTrue(log.events().stream().anyMatch(event -> event.startsWith("call 0 0 9[8589934592, 65536, 3")));
        assertTrue(log.events().stream().anyMatch(event -> event.startsWith("call 0 0 11[8589934592, 65536")));
        // An x86-64 program started by an AArch64 one is recorded by the other emulator.
        assertTrue(log.events().stream().anyMatch(event -> event.endsWith("runs /bin/true")), "exec is seen");
        assertTrue(result.notes().isEmpty(), result.notes().toString());
    }
}
