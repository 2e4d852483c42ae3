package dev.mitosis.halnative.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.files.TaskStatus;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TransferProbeTest {
    private static final ProbeSettings SHORT = new ProbeSettings(3, 2, 50, Long.MAX_VALUE);
    private static final long FOREVER = Long.MAX_VALUE / 2;

    private final LinuxCalls calls = new LibcCalls();

    private static int[] allowedCpus() {
        int[] cpus = TaskStatus.read(FolderFiles.host()).allowedCpus().stream().toArray();
        return Arrays.copyOf(cpus, Math.min(cpus.length, 3));
    }

    @Test
    void everyPairIsMeasuredInEveryRound() throws IOException, InterruptedException {
        int[] cpus = allowedCpus();
        assumeTrue(cpus.length > 1, "one processor has nobody to exchange with");
        AtomicLong visits = new AtomicLong();
        double[][] latency = TransferProbe.measure(calls, cpus, SHORT, 1, visits::set);
        assertEquals(3L * cpus.length * (cpus.length - 1) / 2, visits.get());
        for (int a = 0; a < cpus.length; a++) {
            assertTrue(Double.isNaN(latency[a][a]));
            for (int b = 0; b < a; b++) {
                assertTrue(latency[a][b] > 0, a + "-" + b);
                assertEquals(latency[a][b], latency[b][a]);
            }
        }
    }

    @Test
    void withoutTimeNothingIsKnown() throws IOException, InterruptedException {
        int[] cpus = allowedCpus();
        assumeTrue(cpus.length > 1, "one processor has nobody to exchange with");
        AtomicLong visits = new AtomicLong();
        double[][] latency = TransferProbe.measure(calls, cpus, new ProbeSettings(1, 1, 1, -1), 1, visits::set);
        assertEquals(0, visits.get());
        assertTrue(Double.isNaN(latency[0][1]));
    }

    @Test
    void aProcessorThatIsNotThereIsNamed() {
        IOException wrong = assertThrows(
                IOException.class, () -> TransferProbe.measure(calls, new int[] {0, 100_000}, SHORT, 1, done -> {}));
        assertEquals("cannot run on processor 100000: Invalid argument", wrong.getMessage());
    }

    @Test
    void oneProcessorHasNoPairs() throws IOException, InterruptedException {
        double[][] latency = TransferProbe.measure(calls, new int[] {0}, SHORT, 1, done -> {});
        assertEquals(1, latency.length);
        assertTrue(Double.isNaN(latency[0][0]));
    }

    @Test
    void aSideWhoseOtherDoesNotComeGivesUp() {
        LineExchange line = new LineExchange(ByteBuffer.allocateDirect(4096), System.nanoTime());
        assertFalse(line.pong(1, 1));
    }

    @Test
    void theLineChangesHandsAsOftenAsAsked() {
        LineExchange line = new LineExchange(ByteBuffer.allocateDirect(4096), System.nanoTime() + FOREVER);
        CompletableFuture<Boolean> other = CompletableFuture.supplyAsync(() -> line.pong(2, 10));
        double nanos = line.ping(2, 10);
        assertTrue(other.join());
        assertTrue(nanos > 0, "one way took " + nanos);
    }
}
