package dev.mitosis.workloads.trace.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.DiscardingSink;
import dev.mitosis.workloads.trace.EventLog;
import dev.mitosis.workloads.trace.ForwardingSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TouchedProgramTest {
    private static final long VA = 0x7f00_0020_0000L;

    @Test
    void aFirstTouchMapsItsChunkInTheNameOfItsThread() {
        EventLog log = new EventLog();
        TouchedProgram program = new TouchedProgram(log, "a.txt");
        program.access(program.thread(7, 9), VA + 8, 8, true);
        program.end();
        assertEquals(
                List.of(
                        "process 0 of -1 shares false runs a.txt",
                        "thread 0 of 0",
                        "call 0 0 9[" + VA + ", 2097152, 3, 16434, -1, 0] = "
                                + VA, // 0x4032: NORESERVE, ANON, FIXED, PRIVATE
                        "accesses 0 0 0 [" + (VA + 8) + "][5]", // one access, a store
                        "exit 0 0",
                        "end true"),
                log.events());
    }

    @Test
    void neighboursInALineAreOneEntryAndAStoreWhenOneWas() {
        EventLog log = new EventLog();
        TouchedProgram program = new TouchedProgram(log, "a.txt");
        TouchedProgram.TracedThread thread = program.thread(0, 0);
        program.access(thread, VA, 8, false);
        program.instruction(thread);
        program.access(thread, VA + 56, 8, true);
        program.access(thread, VA + 60, 8, false); // 4 bytes in this line, 4 in the next
        program.end();
        assertTrue(
                log.events().contains("accesses 0 0 1 [" + VA + ", " + (VA + 64) + "][13, 4]"), // 3 with a store, 1
                log.events().toString());
    }

    @Test
    void whatIsOutsideOfUserSpaceIsCountedAndLeftOut() {
        MappedAccesses seen = new MappedAccesses();
        TouchedProgram program = new TouchedProgram(seen, "a.txt");
        TouchedProgram.TracedThread thread = program.thread(0, 0);
        for (long va : new long[] {0, 4095, -4096, 1L << 47, TouchedAreas.USER_END_VA - 7, Long.MIN_VALUE}) {
            program.access(thread, va, 8, false);
        }
        program.access(thread, TouchedAreas.USER_END_VA - 8, 8, false);
        List<String> notes = program.end();
        assertEquals(List.of("0: 7fffffffeff8 load"), seen.accesses());
        assertTrue(notes.contains("6 accesses outside of user space were left out"), notes.toString());
    }

    @Test
    void theUpperHalfOfAArch64LosesItsHighestBit() {
        MappedAccesses seen = new MappedAccesses();
        TouchedProgram program = new TouchedProgram(seen, "a.txt");
        TouchedProgram.TracedThread thread = program.thread(0, 0);
        program.access(thread, 0xffff_8c00_1000L, 8, false);
        program.access(thread, 0xaaaa_e000_2000L, 8, true);
        program.access(thread, 0x40_1000L, 8, false);
        List<String> notes = program.end();
        assertEquals(List.of("0: 7fff8c001000 load", "0: 2aaae0002000 store", "0: 401000 load"), seen.accesses());
        assertTrue(notes.contains("addresses of 48 bits, as of AArch64, have lost their highest: x86-64 has 47"));
    }

    @Test
    void addressesThatDifferInTheHighestBitAloneAreRefused() {
        long upper = 1L << 47;
        for (long first : new long[] {VA, VA | upper}) {
            TouchedProgram program = new TouchedProgram(new DiscardingSink(), "a.txt");
            TouchedProgram.TracedThread thread = program.thread(0, 0);
            program.access(thread, first, 8, false);
            program.access(thread, first + TouchedAreas.FIRST_CHUNK_BYTES, 8, false);
            program.access(thread, (first ^ upper) - TouchedAreas.FIRST_CHUNK_BYTES, 8, false);
            assertThrows(MalformedRecord.class, () -> program.access(thread, first ^ upper, 8, false));
        }
    }

    @Test
    void instructionsAfterTheLastAccessCount() {
        MappedAccesses seen = new MappedAccesses();
        TouchedProgram program = new TouchedProgram(seen, "a.txt");
        program.access(program.thread(0, 0), VA, 1, false);
        program.instruction(program.thread(0, 1));
        program.instruction(program.thread(0, 0));
        program.end();
        assertEquals(2, seen.instructions);
    }

    @Test
    void thereIsABoundOfThreadsAndProcesses() {
        TouchedProgram threads = new TouchedProgram(new DiscardingSink(), "a.txt");
        for (int tid = 0; tid < TouchedProgram.MAX_THREADS; tid++) {
            threads.access(threads.thread(1, tid), VA, 1, false);
        }
        assertThrows(MalformedRecord.class, () -> threads.thread(1, TouchedProgram.MAX_THREADS));
        TouchedProgram processes = new TouchedProgram(new DiscardingSink(), "a.txt");
        for (int pid = 0; pid < TouchedProgram.MAX_PROCESSES; pid++) {
            processes.thread(pid, 1);
        }
        assertThrows(MalformedRecord.class, () -> processes.thread(TouchedProgram.MAX_PROCESSES, 1));
        assertThrows(MalformedRecord.class, () -> processes.thread(1L << 31, 1));
    }

    @Test
    void anAccessHasASize() {
        TouchedProgram program = new TouchedProgram(new DiscardingSink(), "a.txt");
        TouchedProgram.TracedThread thread = program.thread(0, 0);
        assertThrows(MalformedRecord.class, () -> program.access(thread, VA, 0, false));
        assertThrows(
                MalformedRecord.class, () -> program.access(thread, VA, TouchedProgram.MAX_ACCESS_BYTES + 1, false));
        assertFalse(program.hasRecords());
    }

    /** Many more threads than have batches, interleaved: each has its own accesses in its own order, all mapped before. */
    @Property(tries = 40)
    void eachThreadKeepsItsOrder(@ForAll long seed, @ForAll @IntRange(min = 1, max = 600) int threads) {
        Random random = new Random(seed);
        List<List<String>> expected = new ArrayList<>();
        MappedAccesses seen = new MappedAccesses();
        TouchedProgram program = new TouchedProgram(
                new ForwardingSink(seen) {
                    @Override
                    public void accesses(int process, int thread, AccessBatch batch) {
                        assertTrue(batch.size <= AccessBatch.DEFAULT_CAPACITY);
                        super.accesses(process, thread, batch);
                    }
                },
                "a.txt");
        for (int tid = 0; tid < threads; tid++) {
            program.thread(0, tid);
            expected.add(new ArrayList<>());
        }
        for (int i = 0; i < 20_000; i++) {
            int tid = random.nextInt(1 + random.nextInt(threads));
            // An odd factor: no line comes twice, so that nothing is folded.
            long va = VA + ((i * 2654435761L & 0xfffff) << 6);
            boolean isStore = random.nextBoolean();
            program.access(program.thread(0, tid), va, 8, isStore);
            expected.get(tid).add(tid + ": " + Long.toHexString(va) + (isStore ? " store" : " load"));
        }
        program.end();
        assertEquals(expected.stream().flatMap(List::stream).toList(), seen.accesses());
    }
}
