package dev.mitosis.lab.whatif;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.workloads.trace.TraceFileWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What huge pages and a busy neighbour do to programs whose answer one knows. */
class PageSizesTest {
    private static final MachineProfile MACHINE = MachineProfile.load("2s-cascade-lake");
    private static final long VA = 1L << 36;
    private static final long BYTES = 512L << 20;
    private static final int ACCESSES = 400_000;
    private static final int GETPPID = 110;

    @TempDir
    private Path folder = Path.of(".");

    /** Touches all pages, and then makes accesses between two calls of getppid. */
    private PageSizes.Prediction predict(int back, LongUnaryOperator offset) throws IOException {
        Path trace = folder.resolve("program.mtrace");
        try (TraceFileWriter writer = new TraceFileWriter(trace)) {
            writer.processStarted(0, -1, false, "program");
            writer.threadStarted(0, 0);
            writer.systemCall(0, 0, 9, new long[] {0, BYTES, 3, 0x22, -1, 0}, VA);
            AccessBatch batch = new AccessBatch();
            for (long at = 0; at < BYTES; at += 4096) {
                add(writer, batch, VA + at, AccessBatch.STORE, 0);
            }
            flush(writer, batch);
            writer.systemCall(0, 0, GETPPID, new long[6], 1);
            for (long i = 0; i < ACCESSES; i++) {
                add(writer, batch, VA + offset.applyAsLong(i), 0, back);
            }
            flush(writer, batch);
            writer.systemCall(0, 0, GETPPID, new long[6], 1);
            writer.processExited(0, 0);
            writer.end(true);
            writer.commit();
        }
        return new PageSizes(MACHINE, false, 1).predict(trace);
    }

    private static void add(TraceFileWriter writer, AccessBatch batch, long va, int flags, int back) {
        batch.isDetailed = true;
        batch.add(va, flags, 1, back);
        batch.instructions += 4;
        if (batch.isFull()) {
            flush(writer, batch);
        }
    }

    private static void flush(TraceFileWriter writer, AccessBatch batch) {
        writer.accesses(0, 0, batch);
        batch.clear();
    }

    @Test
    void hugePagesSaveTheWalksOfAChase() throws IOException {
        Random random = new Random(1);
        PageSizes.Prediction chase = predict(1, i -> random.nextLong(BYTES / 64) * 64);
        assertTrue(chase.hugeSpeedup().value() > 1.15, chase.toString());
        assertTrue(chase.hugeSpeedup().low() <= chase.hugeSpeedup().value(), chase.toString());
        // Each access waits for memory, so a busy one makes it longer by nearly its factor.
        double factor = MACHINE.contentionFactor();
        assertTrue(chase.busySlowdown().value() > 0.7 * factor, chase.toString());
        assertTrue(chase.busySlowdown().value() < 1.1 * factor, chase.toString());
    }

    /** A walk a page, whose first lines nothing asks for ahead. */
    @Test
    void inOrderTheyMatterLittle() throws IOException {
        PageSizes.Prediction stream = predict(0, i -> i * 8 % BYTES);
        assertTrue(stream.hugeSpeedup().value() > 1, stream.toString());
        assertTrue(stream.hugeSpeedup().value() < 1.25, stream.toString());
    }
}
