package dev.mitosis.workloads.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is read, also when the end is missing; what is damaged is refused. */
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
            switch (random.nextInt(8)) {
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
                case 5 -> sink.part(List.of(TracePart.values()).get(random.nextInt(4)));
                case 6 -> sink.leftOut(0, random.nextInt(50), random.nextLong() >>> 30, random.nextInt(1 << 30));
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
        batch.isDetailed = random.nextBoolean();
        if (batch.isDetailed) {
            random.nextBytes(batch.distance);
            batch.multiplies = random.nextInt(1 << 20);
            batch.divides = random.nextInt(1 << 20);
            batch.floatingPoints = random.nextInt(1 << 20);
            batch.branches = random.nextInt(1 << 20);
        }
        return batch;
    }

    @Test
    void ofATraceCutAnywhereWholeBlocksAreReadAndTheEndSaysSo(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("whole.mtrace");
        EventLog log = new EventLog();
        // Several blocks: batches of 1,024 entries take some 10 KiB.
        write(file, 1, 8000, log);
        byte[] whole = Files.readAllBytes(file);
        Path cut = folder.resolve("cut.mtrace");
        int[] lengths = {8, 9, 23, 24, 100, whole.length / 2, whole.length * 3 / 4, whole.length - 1};
        int last = 0;
        for (int length : lengths) {
            Files.write(cut, Arrays.copyOf(whole, length));
            EventLog read = new EventLog();
            assertFalse(new TraceFileReader(cut).replay(read), "cut at " + length);
            int events = read.events().size() - 1;
            assertEquals(log.events().subList(0, events), read.events().subList(0, events));
            assertTrue(events >= last, events + " events of " + length + " bytes");
            last = events;
        }
        assertTrue(last > log.events().size() / 2, "only " + last);
        assertEquals(0, read(cut, Arrays.copyOf(whole, 24)).indexOf("end false"));
        for (int length = 0; length < 8; length++) {
            Files.write(cut, Arrays.copyOf(whole, length));
            TraceException refused =
                    assertThrows(TraceException.class, () -> new TraceFileReader(cut).replay(new EventLog()));
            assertTrue(String.valueOf(refused.getMessage()).startsWith(cut + ": byte "), refused.getMessage());
        }
    }

    private static List<String> read(Path file, byte[] bytes) throws IOException {
        Files.write(file, bytes);
        EventLog log = new EventLog();
        new TraceFileReader(file).replay(log);
        return log.events();
    }

    /** The first version had no parts, the second no details; their traces are read as before. */
    @Test
    void aTraceOfAnOlderVersionIsRead(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("old.mtrace");
        EventLog log = new EventLog();
        write(file, 4, 0, log);
        byte[] bytes = Files.readAllBytes(file);
        assertEquals(4, bytes[7]);
        bytes[7] = 1;
        assertEquals(log.events(), read(file, bytes));
        bytes[7] = 2;
        assertEquals(log.events(), read(file, bytes));
        bytes[7] = 3;
        assertThrows(TraceException.class, () -> read(file, bytes));
    }

    /** As on a full disk: what was written before can be read, and nothing is written after it. */
    @Test
    void aWriterThatIsKilledLeavesWhatItWrote(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("t.mtrace");
        EventLog log = new EventLog();
        try (PartialFile part = PartialFile.visible(file);
                TraceFileWriter writer = new TraceFileWriter(part)) {
            emit(writer, 5, 8000);
            emit(log, 5, 8000);
            assertThrows(IOException.class, () -> PartialFile.visible(file));
            part.keep();
        }
        assertFalse(Files.exists(file));
        EventLog read = new EventLog();
        assertFalse(new TraceFileReader(PartialFile.part(file)).replay(read));
        int events = read.events().size() - 1;
        assertTrue(events > 100, "only " + events);
        assertEquals(log.events().subList(0, events), read.events().subList(0, events));
        assertEquals("end false", read.events().get(events));
    }

    @Test
    void aTraceWithAnyBitFlippedIsRefusedOrSeemsCutShort(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("whole.mtrace");
        write(file, 2, 12, new EventLog());
        byte[] whole = Files.readAllBytes(file);
        Path damaged = folder.resolve("damaged.mtrace");
        Random random = new Random(3);
        int seen = 0;
        for (int i = 0; i < 600; i++) {
            byte[] bytes = whole.clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(damaged, bytes);
            // A size that grew makes a block seem cut short.
            try {
                assertFalse(new TraceFileReader(damaged).replay(new EventLog()), "bit " + i + " is not seen");
            } catch (TraceException refused) {
                seen++;
            }
        }
        assertTrue(seen > 500, "only " + seen + " of 600");
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

    /** Written as they are; a reader sees that they cannot be. */
    @Test
    void countsThatCannotBeAreRefused(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("t.mtrace");
        for (boolean isDetailed : new boolean[] {false, true}) {
            assertRefused(file, isDetailed, -5, 1, 1);
            assertRefused(file, isDetailed, 1L << 62, 1, 1);
            assertRefused(file, isDetailed, 1L << 52, 1, 3); // their sum
            assertRefused(file, isDetailed, 7, 0, 1);
            writeCounts(file, isDetailed, 1L << 52, 1, 2);
            assertEquals(3, read(file, Files.readAllBytes(file)).size());
        }
        try (TraceFileWriter writer = new TraceFileWriter(file)) {
            writer.leftOut(0, 0, 1L << 53, 1);
            writer.leftOut(0, 0, 1, 1);
            writer.end(true);
            writer.commit();
        }
        assertThrows(TraceException.class, () -> new TraceFileReader(file).replay(new EventLog()));
    }

    private static void assertRefused(Path file, boolean isDetailed, long instructions, int count, int batches)
            throws IOException {
        writeCounts(file, isDetailed, instructions, count, batches);
        TraceException refused =
                assertThrows(TraceException.class, () -> new TraceFileReader(file).replay(new EventLog()));
        assertTrue(String.valueOf(refused.getMessage()).startsWith(file + ": byte "), refused.getMessage());
    }

    private static void writeCounts(Path file, boolean isDetailed, long instructions, int count, int batches)
            throws IOException {
        try (TraceFileWriter writer = new TraceFileWriter(file)) {
            AccessBatch batch = new AccessBatch();
            batch.isDetailed = isDetailed;
            batch.add(0x10000, false);
            batch.meta[0] = count << AccessBatch.COUNT_SHIFT;
            batch.instructions = instructions;
            for (int i = 0; i < batches; i++) {
                writer.accesses(0, 0, batch);
            }
            writer.end(true);
            writer.commit();
        }
    }

    /** A frame that says itself that it is longer than it is makes the library throw. */
    @Test
    void aBlockThatDoesNotDecompressIsRefusedWithItsByte(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("t.mtrace");
        ByteBuffer made = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        made.putLong(TraceFileLayout.MAGIC);
        byte[] frame = {0x28, (byte) 0xB5, 0x2F, (byte) 0xFD, 0x20, 0x05, 0x01};
        CRC32C sum = new CRC32C();
        made.putInt(TraceFileLayout.EVENTS).putInt(5).putInt(frame.length);
        sum.update(made.array(), 8, 12);
        sum.update(frame);
        made.putInt((int) sum.getValue()).put(frame);
        Files.write(file, Arrays.copyOf(made.array(), made.position()));
        TraceException refused =
                assertThrows(TraceException.class, () -> new TraceFileReader(file).replay(new EventLog()));
        assertEquals(file + ": byte 8: a block does not decompress: the trace is damaged", refused.getMessage());
    }

    /** A batch of more entries than an event holds becomes several events, and its instructions are counted once. */
    @Test
    void instructionsOfALongBatchAreCountedOnce(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("t.mtrace");
        for (boolean isDetailed : new boolean[] {false, true}) {
            AccessBatch batch = new AccessBatch(2500);
            batch.isDetailed = isDetailed;
            for (int i = 0; i < 2500; i++) {
                batch.add(0x10000 + 64L * i, false);
            }
            batch.instructions = 10_007;
            batch.branches = 11;
            try (TraceFileWriter writer = new TraceFileWriter(file)) {
                writer.accesses(0, 0, batch);
                writer.end(true);
                writer.commit();
            }
            long[] seen = new long[3];
            new TraceFileReader(file).replay(new ForwardingSink(new DiscardingSink()) {
                @Override
                public void accesses(int process, int thread, AccessBatch part) {
                    seen[0] += part.size;
                    seen[1] += part.instructions;
                    seen[2] += part.branches;
                }
            });
            assertEquals(2500, seen[0]);
            assertEquals(10_007, seen[1]);
            assertEquals(isDetailed ? 11 : 0, seen[2]);
        }
    }
}
