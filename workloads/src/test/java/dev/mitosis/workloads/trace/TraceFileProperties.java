package dev.mitosis.workloads.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.AccessBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is read; what is damaged is refused. */
class TraceFileProperties {
    @Property(tries = 60)
    void whatIsWrittenIsRead(@ForAll long seed, @ForAll @IntRange(min = 1, max = 400) int events) throws IOException {
        Path file = Files.createTempFile("round", ".mtrace");
        try {
            EventLog written = new EventLog();
            write(file, seed, events, written);
            EventLog read = new EventLog();
            new TraceFileReader(file).replay(read);
            assertEquals(written.events(), read.events());
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static void write(Path file, long seed, int events, EventLog log) throws IOException {
        try (TraceFileWriter writer = new TraceFileWriter(file)) {
            emit(writer, seed, events);
            emit(log, seed, events);
            writer.commit();
        }
    }

    private static void emit(TraceSink sink, long seed, int events) {
        Random random = new Random(seed);
        sink.processStarted(0, -1, false, "prög with spaces, and commas");
        for (int i = 0; i < events; i++) {
            switch (random.nextInt(6)) {
                case 0 ->
                    sink.initialMapping(0, 4096L * random.nextInt(1 << 20), 1L << 46, random.nextInt(8), "/lib/x");
                case 1 -> sink.threadStarted(0, random.nextInt(1 << 20));
                case 2 ->
                    sink.systemCall(
                            0,
                            1,
                            random.nextInt(400),
                            new long[] {random.nextLong(), -1, 0, Long.MIN_VALUE, Long.MAX_VALUE, 7},
                            -random.nextInt(4096));
                case 3 -> sink.processStarted(random.nextInt(9), random.nextInt(9), random.nextBoolean(), "child");
                case 4 -> sink.processExited(random.nextInt(9), random.nextInt(256));
                default -> sink.accesses(0, random.nextInt(50), batch(random));
            }
        }
        sink.threadExited(0, 0);
        sink.end(true);
    }

    private static AccessBatch batch(Random random) {
        AccessBatch batch = new AccessBatch(1024);
        int size = random.nextInt(1025);
        for (int i = 0; i < size; i++) {
            long va = random.nextLong() >>> (17 + random.nextInt(40));
            batch.add(va, random.nextInt(4), 1 + (random.nextInt(5) == 0 ? random.nextInt(1 << 20) : 0));
        }
        batch.instructions = random.nextInt(1 << 30);
        return batch;
    }

    @Test
    void aTraceCutAnywhereIsRefusedWithItsNameAndTheByte(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("whole.mtrace");
        write(file, 1, 12, new EventLog());
        byte[] whole = Files.readAllBytes(file);
        Path cut = folder.resolve("cut.mtrace");
        for (int length = 0; length < whole.length; length++) {
            Files.write(cut, Arrays.copyOf(whole, length));
            TraceException refused =
                    assertThrows(TraceException.class, () -> new TraceFileReader(cut).replay(new EventLog()));
            String message = String.valueOf(refused.getMessage());
            assertTrue(message.startsWith(cut + ": byte "), message);
        }
    }

    @Test
    void aTraceWithAnyBitFlippedIsRefused(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("whole.mtrace");
        write(file, 2, 12, new EventLog());
        byte[] whole = Files.readAllBytes(file);
        Path damaged = folder.resolve("damaged.mtrace");
        Random random = new Random(3);
        for (int i = 0; i < 600; i++) {
            byte[] bytes = whole.clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(damaged, bytes);
            assertThrows(TraceException.class, () -> new TraceFileReader(damaged).replay(new EventLog()));
        }
    }

    @Test
    void aTraceWithSomethingAfterItsEndIsRefused(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("whole.mtrace");
        write(file, 2, 3, new EventLog());
        Files.write(file, new byte[] {0}, StandardOpenOption.APPEND);
        assertThrows(TraceException.class, () -> new TraceFileReader(file).replay(new EventLog()));
    }

    @Test
    void whatIsNotCommittedLeavesNothingBehind(@TempDir Path folder) throws IOException {
        try (TraceFileWriter writer = new TraceFileWriter(folder.resolve("half.mtrace"))) {
            writer.processStarted(0, -1, false, "prog");
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertFalse(left.findAny().isPresent());
        }
    }
}
