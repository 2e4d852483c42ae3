package dev.mitosis.workloads.trace.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.EventLog;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.TraceFileReader;
import dev.mitosis.workloads.trace.TraceFileWriter;
import dev.mitosis.workloads.trace.TracePart;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of a program, and what is only counted. */
class SamplerTest {
    private static final long VA = 0x2_0000_0000L;
    private static final int PAGES = 300;

    @TempDir
    private Path folder = Path.of(".");

    /** Two threads that touch pages at random, with one page in ten stored to, and a part of memory given back in between. */
    private static void program(TraceSink sink, int batches) {
        Random random = new Random(7);
        sink.processStarted(0, -1, false, "program");
        sink.threadStarted(0, 0);
        sink.threadStarted(0, 1);
        sink.systemCall(0, 0, 9, new long[] {0, PAGES << 12, 3, 0x22, -1, 0}, VA);
        AccessBatch batch = new AccessBatch(100);
        for (int i = 0; i < batches; i++) {
            batch.clear();
            while (!batch.isFull()) {
                long va = VA + ((long) random.nextInt(PAGES) << 12) + 64L * random.nextInt(64);
                batch.add(va, random.nextInt(10) == 0 ? AccessBatch.STORE : 0, 1 + random.nextInt(4));
            }
            batch.instructions = 1000;
            sink.accesses(0, i % 2, batch);
            if (i % 50 == 49) {
                sink.systemCall(0, 0, 28, new long[] {VA, 10 << 12, 4, 0, 0, 0}, 0);
            }
        }
        sink.threadExited(0, 1);
        sink.processExited(0, 0);
        sink.end(true);
    }

    /** Sums by part, and the pages of each. */
    private static final class Parts extends ForwardingSink {
        private TracePart part = TracePart.MEASURED;
        private final long[] accesses = new long[4];
        private long leftOut;
        private long instructions;
        private final Set<Long> touched = new HashSet<>();
        private int touchesOfPagesThatAreThere;
        private int warmUpsOfPagesThatAreNot;
        private int windows;

        Parts() {
            super(new EventLog());
        }

        @Override
        public void part(TracePart next) {
            part = next;
            windows += next == TracePart.MEASURED ? 1 : 0;
        }

        @Override
        public void accesses(int process, int thread, AccessBatch batch) {
            accesses[part.number()] += batch.rawAccesses();
            instructions += batch.instructions;
            for (int i = 0; i < batch.size; i++) {
                long page = batch.va[i] >>> 12;
                boolean isStore = (batch.meta[i] & AccessBatch.STORE) != 0;
                if (part == TracePart.WARM_UP) {
                    warmUpsOfPagesThatAreNot += touched.contains(2 * page) ? 0 : 1;
                    continue;
                }
                boolean isNew = touched.add(2 * page);
                isNew |= isStore && touched.add(2 * page + 1);
                touchesOfPagesThatAreThere += part.isThin() && !isNew ? 1 : 0;
            }
        }

        @Override
        public void leftOut(int process, int thread, long left, long instructionsLeft) {
            leftOut += left;
            instructions += instructionsLeft;
        }

        @Override
        public void systemCall(int process, int thread, int number, long[] args, long result) {
            if (number == 28) {
                touched.removeIf(key -> key >> 1 < (VA >>> 12) + 10);
            }
        }

        long all() {
            return accesses[0] + accesses[1] + accesses[3] + leftOut;
        }
    }

    private static Parts parts(SamplingPlan plan, int batches) {
        Parts parts = new Parts();
        program(new Sampler(parts, plan), batches);
        return parts;
    }

    @Test
    void nothingIsLostOfTheClockNorOfThePages() {
        Parts whole = parts(SamplingPlan.EVERYTHING, 4000);
        Parts windows = parts(SamplingPlan.windows(4_000, 100_000, 3_000), 4000);
        assertEquals(whole.all(), windows.all());
        assertEquals(whole.instructions, windows.instructions);
        assertEquals(whole.touched, windows.touched);
        assertEquals(0, windows.touchesOfPagesThatAreThere, "touches that change nothing");
        assertEquals(0, windows.warmUpsOfPagesThatAreNot, "warm-ups that would fault");
        // Some 1,000,000 accesses: a window in each of ten periods.
        assertEquals(10, windows.windows);
        assertEquals(10 * 4_000.0, (double) windows.accesses[TracePart.MEASURED.number()], 10 * 4);
        assertTrue(windows.accesses[TracePart.WARM_UP.number()] <= 10 * 3_000, "at most the lines asked for");
        assertTrue(windows.accesses[TracePart.WARM_UP.number()] > 10 * 2_900, "and nearly as many");
    }

    @Property(tries = 100)
    void windowsLieInTheirPeriods(
            @ForAll @LongRange(min = 1, max = 1000) long window,
            @ForAll @LongRange(min = 0, max = 5000) long more,
            @ForAll @LongRange(min = 0, max = 1L << 40) long period) {
        SamplingPlan plan = SamplingPlan.windows(window, window + more, 0);
        long offset = plan.offset(period);
        assertTrue(offset >= 0 && offset + window <= plan.every(), offset + " in " + plan);
        assertEquals(offset, plan.offset(period));
    }

    @Test
    void theFirstAccessesAreAllThatIsKept() {
        Parts first = parts(SamplingPlan.first(5_000), 4000);
        assertEquals(5_000.0, (double) first.accesses[TracePart.MEASURED.number()], 4);
        assertEquals(first.accesses[TracePart.MEASURED.number()], first.all());
    }

    @Test
    void theLastAccessesAreKeptWithThePagesOfAllBefore() throws IOException {
        Path file = folder.resolve("last.mtrace");
        try (TraceFileWriter writer = new TraceFileWriter(file);
                LastAccesses last = new LastAccesses(writer, 200_000, folder)) {
            program(last, 8000);
            writer.commit();
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(file), left.toList());
        }
        Parts parts = new Parts();
        new TraceFileReader(file).replay(parts);
        Parts whole = parts(SamplingPlan.EVERYTHING, 8000);
        assertEquals(whole.all(), parts.all());
        assertEquals(whole.touched, parts.touched);
        assertEquals(200_000.0, (double) parts.accesses[TracePart.MEASURED.number()], 4);
        assertEquals(0, parts.accesses[TracePart.SKIPPED.number()]);
        assertEquals(0, parts.touchesOfPagesThatAreThere);
        // What is kept is the end of the whole, event by event.
        EventLog all = new EventLog();
        program(all, 8000);
        EventLog kept = new EventLog();
        new TraceFileReader(file).replay(kept);
        int measured = kept.events().lastIndexOf("part MEASURED");
        List<String> end = kept.events().subList(measured + 2, kept.events().size());
        assertTrue(end.size() > 700, "events: " + end.size());
        assertEquals(
                all.events()
                        .subList(all.events().size() - end.size(), all.events().size()),
                end);
    }

    @Test
    void theLastAccessesOfAShorterProgramAreAllOfIt() throws IOException {
        Parts parts = new Parts();
        try (LastAccesses last = new LastAccesses(parts, 100_000_000, folder)) {
            program(last, 100);
        }
        assertEquals(parts(SamplingPlan.EVERYTHING, 100).all(), parts.accesses[TracePart.MEASURED.number()]);
    }

    @Test
    void aRecordingThatEndsEarlyLeavesNoPieces() throws IOException {
        try (LastAccesses last = new LastAccesses(new EventLog(), 200_000, folder)) {
            last.processStarted(0, -1, false, "program");
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertFalse(left.findAny().isPresent());
        }
    }

    @Test
    void plansThatMakeNoSenseAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> SamplingPlan.windows(11, 10, 0));
        assertThrows(IllegalArgumentException.class, () -> SamplingPlan.windows(-1, 10, 0));
        assertThrows(IllegalArgumentException.class, () -> new SamplingPlan(1, 1, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new SamplingPlan(0, 0, 0, 10, 0));
    }
}
