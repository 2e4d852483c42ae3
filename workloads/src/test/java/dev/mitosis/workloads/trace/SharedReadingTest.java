package dev.mitosis.workloads.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One reading for several is for each of them as if it read alone. */
class SharedReadingTest {
    @TempDir
    private Path folder = Path.of(".");

    /** Some blocks, and batches of all sizes between memory calls. */
    private Path trace() throws IOException {
        Path file = folder.resolve("t.mtrace");
        Random random = new Random(1);
        try (TraceFileWriter writer = new TraceFileWriter(file)) {
            writer.processStarted(0, -1, false, "program");
            writer.threadStarted(0, 0);
            for (int i = 0; i < 1200; i++) {
                AccessBatch batch = new AccessBatch();
                for (int left = random.nextInt(AccessBatch.DEFAULT_CAPACITY + 1); left > 0; left--) {
                    batch.add(random.nextLong() >>> 17, random.nextInt(4), 1 + random.nextInt(3));
                }
                batch.instructions = i;
                writer.accesses(0, 0, batch);
                if (i % 7 == 0) {
                    writer.systemCall(0, 0, 9, new long[] {i, 2, 3, 4, 5, 6}, i);
                }
            }
            writer.part(TracePart.SKIPPED);
            writer.leftOut(0, 0, 12, 34);
            writer.threadExited(0, 0);
            writer.processExited(0, 0);
            writer.end(true);
            writer.commit();
        }
        return file;
    }

    private static List<String> alone(Path file) throws IOException {
        EventLog log = new EventLog();
        new TraceFileReader(file).replay(log);
        return log.events();
    }

    private static void read(Path file, List<? extends TraceSink> sinks, int threads) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try (SharedReading reading = new SharedReading(file, sinks)) {
            Callable<Void> work = () -> {
                reading.work();
                return null;
            };
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(workers.submit(work));
            }
            for (Future<Void> one : all) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception known ? known : e;
        } finally {
            workers.shutdownNow();
        }
    }

    @Test
    void everySinkHasAllEventsInTheirOrderWithAnyNumberOfThreads() throws Exception {
        Path file = trace();
        assertTrue(Files.size(file) > 3 << 20, "blocks: " + Files.size(file));
        List<String> expected = alone(file);
        for (int threads = 1; threads <= 4; threads++) {
            List<EventLog> logs =
                    IntStream.range(0, 5).mapToObj(i -> new EventLog()).toList();
            read(file, logs, threads);
            for (EventLog log : logs) {
                assertEquals(expected, log.events());
            }
        }
    }

    @Test
    void aTraceCutShortEndsSoForAll() throws Exception {
        Path file = trace();
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        List<EventLog> logs = List.of(new EventLog(), new EventLog());
        read(file, logs, 2);
        for (EventLog log : logs) {
            assertEquals("end false", log.events().get(log.events().size() - 1));
            assertEquals(alone(file), log.events());
        }
    }

    /** Twice as long as the heap of the program that reads it. */
    @Test
    void memoryDoesNotDependOnTheLengthOfTheTrace() throws Exception {
        Path file = folder.resolve("long.mtrace");
        int heapMib = 80;
        SplittableRandom random = new SplittableRandom(1);
        long sum = 0;
        try (TraceFileWriter writer = new TraceFileWriter(file)) {
            writer.processStarted(0, -1, false, "program");
            writer.threadStarted(0, 0);
            AccessBatch batch = new AccessBatch();
            for (int i = 0; i < 28_000 * AccessBatch.DEFAULT_CAPACITY; i++) {
                int count = 1 + random.nextInt(1 << 20);
                sum += count;
                batch.add(64L * random.nextInt(1 << 16), 0, count);
                if (batch.isFull()) {
                    writer.accesses(0, 0, batch);
                    batch.clear();
                }
            }
            writer.end(true);
            writer.commit();
        }
        assertTrue(Files.size(file) > 2L * heapMib << 20, "bytes: " + Files.size(file));
        Process reader = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + heapMib + "m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CountingReader.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, reader.waitFor(), said);
        assertEquals(sum + " " + sum, said.strip());
    }

    @Test
    void aFailureOfOneSinkOrOfTheTraceEndsAll() throws Exception {
        Path file = trace();
        TraceSink failing = new ForwardingSink(new DiscardingSink()) {
            private int batches;

            @Override
            public void accesses(int process, int thread, AccessBatch batch) {
                if (++batches == 500) {
                    throw new IllegalArgumentException("the 500th batch");
                }
            }
        };
        IllegalArgumentException failed = assertThrows(
                IllegalArgumentException.class, () -> read(file, List.of(new EventLog(), failing, new EventLog()), 3));
        assertEquals("the 500th batch", failed.getMessage());
        byte[] damaged = Files.readAllBytes(file);
        damaged[damaged.length / 2] ^= 1;
        Files.write(file, damaged);
        assertThrows(TraceException.class, () -> read(file, List.of(new EventLog(), new EventLog()), 2));
    }
}
