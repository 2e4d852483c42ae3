package dev.mitosis.workloads.trace.format;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.TraceSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The program behind a trace that knows addresses only: it makes processes, threads and batches of accesses of them, and maps what
 * is touched just before that ({@link TouchedAreas}).
 *
 * <p>Each mapping is a call of mmap(2): fixed, private, anonymous, readable and writable. Areas only grow, so that accesses of
 * different threads need no order among each other, and each thread has a batch of its own.
 *
 * <p>Accesses that follow each other in one cache line are folded; one that crosses lines becomes one in each. What is touched outside
 * of user space is left out and counted.
 *
 * <p>User space of AArch64 has 48 bits, that of the x86-64 that replays it 47: an address of the upper half, which x86-64 has none
 * of, loses bit 47. A program that uses both of what then falls together is refused.
 *
 * <p>Errors: {@link MalformedRecord} for more than {@value #MAX_PROCESSES} processes or {@value #MAX_THREADS} threads.
 */
final class TouchedProgram {
    static final int MAX_PROCESSES = 1024;
    static final int MAX_THREADS = 32768;
    /** The longest access: an XSAVE area, with room to spare. */
    static final int MAX_ACCESS_BYTES = 16 << 10;

    /** Threads that may have a batch at the same time. */
    private static final int MAX_PENDING = 256;

    private static final int MMAP = 9;
    private static final long READ_WRITE = 3;
    /** MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS, MAP_NORESERVE. */
    private static final long FIXED_ANONYMOUS = 0x2 | 0x10 | 0x20 | 0x4000;

    private static final int USER_BITS = 47;
    private static final int LINE_SHIFT = 6;
    private static final int LINE_BYTES = 1 << LINE_SHIFT;
    private static final int MOST_FOLDED = 1 << 27;

    private final TraceSink sink;
    private final String command;
    private final Map<Long, TracedProcess> processes = new HashMap<>();
    private final Map<Long, TracedThread> threads = new HashMap<>();
    private final List<TracedThread> pending = new ArrayList<>();
    private final List<AccessBatch> free = new ArrayList<>();
    private final AccessBatch empty = new AccessBatch(1);
    private final long[] args = new long[6];
    private @Nullable TracedThread last;
    private long accesses;
    private long instructions;
    private long outside;
    private boolean hasUpperHalf;
    private boolean isCut;

    /** A process: its areas, those of the upper half of AArch64 without their highest bit, and the thread that maps next. */
    private static final class TracedProcess {
        final int number;
        final TouchedAreas areas;
        private final TouchedProgram program;
        private @Nullable TouchedAreas upper;
        int mappingThread;

        TracedProcess(int number, TouchedProgram program) {
            this.number = number;
            this.program = program;
            areas = new TouchedAreas((start, end) -> {
                requireFree(upper, start, end);
                program.map(this, start, end);
            });
        }

        TouchedAreas upper() {
            TouchedAreas found = upper;
            if (found == null) {
                found = new TouchedAreas((start, end) -> {
                    requireFree(areas, start, end);
                    program.map(this, start, end);
                });
                upper = found;
            }
            return found;
        }

        private static void requireFree(@Nullable TouchedAreas half, long startVa, long endVa) {
            if (half != null && half.overlaps(startVa, endVa)) {
                throw new MalformedRecord(String.format(
                        Locale.ROOT,
                        "%x and the same address with bit %d set are both used, and x86-64 has %d bits",
                        startVa,
                        USER_BITS,
                        USER_BITS));
            }
        }
    }

    /** A thread: what it did since its last batch. */
    static final class TracedThread {
        private final long key;
        private final int number;
        private final TracedProcess process;
        private @Nullable AccessBatch batch;
        private long lastLine = -1;
        private long instructions;

        private TracedThread(long key, int number, TracedProcess process) {
            this.key = key;
            this.number = number;
            this.process = process;
        }
    }

    /** A program without a thread yet, whose events go to a sink. */
    TouchedProgram(TraceSink sink, String command) {
        this.sink = sink;
        this.command = command;
    }

    /** The thread that the trace's numbers stand for; it starts when it is first spoken of. */
    TracedThread thread(long pid, long tid) {
        long key = pid << 32 | tid;
        TracedThread found = last;
        if (found == null || found.key != key) {
            found = threads.get(key);
            if (found == null) {
                found = start(pid, tid, key);
            }
            last = found;
        }
        return found;
    }

    private TracedThread start(long pid, long tid, long key) {
        if (pid < 0 || pid > Integer.MAX_VALUE || tid < 0 || tid > Integer.MAX_VALUE) {
            throw new MalformedRecord("no process or thread has the number " + (tid < 0 ? tid : Math.max(pid, tid)));
        }
        if (threads.size() == MAX_THREADS) {
            throw new MalformedRecord("this is thread " + tid + ", and a trace may have " + MAX_THREADS);
        }
        TracedProcess process = processes.get(pid);
        if (process == null) {
            if (processes.size() == MAX_PROCESSES) {
                throw new MalformedRecord("this is process " + pid + ", and a trace may have " + MAX_PROCESSES);
            }
            process = new TracedProcess(processes.size(), this);
            processes.put(pid, process);
            sink.processStarted(process.number, -1, false, command);
        }
        TracedThread started = new TracedThread(key, threads.size(), process);
        threads.put(key, started);
        sink.threadStarted(process.number, started.number);
        return started;
    }

    /** A thread has executed an instruction. */
    void instruction(TracedThread thread) {
        thread.instructions++;
        instructions++;
    }

    /** A thread has loaded or stored {@code sizeBytes} bytes. */
    void access(TracedThread thread, long va, long sizeBytes, boolean isStore) {
        if (sizeBytes <= 0 || sizeBytes > MAX_ACCESS_BYTES) {
            throw new MalformedRecord("an access of " + sizeBytes + " bytes");
        }
        boolean isUpper = va >>> USER_BITS == 1;
        long userVa = isUpper ? va & (1L << USER_BITS) - 1 : va;
        if (userVa < TouchedAreas.LOWEST_VA || userVa > TouchedAreas.USER_END_VA - sizeBytes) {
            outside++;
            return;
        }
        hasUpperHalf |= isUpper;
        touch(thread, userVa, isUpper, isStore);
        long lastVa = userVa + sizeBytes - 1;
        for (long line = (userVa | LINE_BYTES - 1) + 1; line <= lastVa; line += LINE_BYTES) {
            touch(thread, line, isUpper, isStore);
        }
    }

    private void touch(TracedThread thread, long va, boolean isUpper, boolean isStore) {
        accesses++;
        AccessBatch batch = thread.batch;
        int flag = isStore ? AccessBatch.STORE : 0;
        if (batch != null && va >>> LINE_SHIFT == thread.lastLine) {
            int meta = batch.meta[batch.size - 1];
            if (meta >>> AccessBatch.COUNT_SHIFT < MOST_FOLDED) {
                batch.meta[batch.size - 1] = meta + (1 << AccessBatch.COUNT_SHIFT) | flag;
                return;
            }
        }
        TracedProcess process = thread.process;
        process.mappingThread = thread.number;
        (isUpper ? process.upper() : process.areas).touch(va);
        if (batch == null) {
            batch = begin(thread);
        }
        batch.add(va, isStore);
        thread.lastLine = va >>> LINE_SHIFT;
        if (batch.isFull()) {
            flush(thread, batch);
            batch.clear();
            thread.lastLine = -1;
        }
    }

    private AccessBatch begin(TracedThread thread) {
        if (pending.size() == MAX_PENDING) {
            flushAll();
        }
        AccessBatch batch = free.isEmpty() ? new AccessBatch() : free.remove(free.size() - 1);
        thread.batch = batch;
        pending.add(thread);
        return batch;
    }

    private void flush(TracedThread thread, AccessBatch batch) {
        batch.instructions = thread.instructions;
        thread.instructions = 0;
        sink.accesses(thread.process.number, thread.number, batch);
    }

    private void flushAll() {
        for (TracedThread thread : pending) {
            AccessBatch batch = thread.batch;
            if (batch != null) {
                if (batch.size > 0) {
                    flush(thread, batch);
                }
                batch.clear();
                free.add(batch);
            }
            thread.batch = null;
            thread.lastLine = -1;
        }
        pending.clear();
    }

    private void map(TracedProcess process, long startVa, long endVa) {
        args[0] = startVa;
        args[1] = endVa - startVa;
        args[2] = READ_WRITE;
        args[3] = FIXED_ANONYMOUS;
        args[4] = -1;
        sink.systemCall(process.number, process.mappingThread, MMAP, args, startVa);
    }

    /** The trace says itself that the program went on after it. */
    void isCut() {
        isCut = true;
    }

    boolean hasRecords() {
        return accesses + instructions + outside > 0;
    }

    /** Ends all processes, and returns what a reader should know. */
    List<String> end() {
        flushAll();
        threads.values().stream()
                .filter(thread -> thread.instructions > 0)
                .sorted((one, other) -> Integer.compare(one.number, other.number))
                .forEach(thread -> flush(thread, empty));
        for (int number = 0; number < processes.size(); number++) {
            sink.processExited(number, 0);
        }
        sink.end(!isCut);
        List<String> notes = new ArrayList<>();
        notes.add("the trace has no mapping calls: memory was mapped where it was touched");
        if (outside > 0) {
            notes.add(String.format(Locale.ROOT, "%,d accesses outside of user space were left out", outside));
        }
        if (hasUpperHalf) {
            notes.add("addresses of 48 bits, as of AArch64, have lost their highest: x86-64 has 47");
        }
        if (isCut) {
            notes.add("the trace ends before the program does");
        }
        return notes;
    }
}
