package dev.mitosis.workloads.recorder.stream;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings the streams of all processes of a recording into one order, and turns them into events.
 *
 * <p>A child's stream waits until its parent's stream has come to the fork that made it. Otherwise streams are independent: each
 * process has memory of its own.
 *
 * <p>Concurrency: one thread a stream; events go to the sink under this object's lock.
 */
public final class RecordedEvents {
    /** Of QEMU's plugin, and of Valgrind's tool, which shares memory. */
    private static final long VERSION = 1;

    private static final long SHARING_VERSION = 2;
    private static final int NEW_PROCESS = 0;
    private static final int NEW_IMAGE = 1;
    private static final int NEW_CONNECTION = 2;
    /** A program starts: the first of a recording, or a new image of a process that is known. */
    private static final int NEW_START = 3;

    private static final int FIRST_SIGNAL = 128;
    /** How long a stream waits for another: the other may be behind by all that its process has sent. */
    private static final long WAIT_MILLIS = 30_000;

    private static final long VA_MASK = (1L << 48) - 1;
    private static final int STORE_BIT = 48;
    private static final int COUNT_SHIFT = 50;

    private final TraceSink sink;
    private final String command;
    private final ProgressWatch watch;
    /** Where processes make the files that they share. */
    private final Path folder;

    private final Map<Long, Integer> processOfPid = new HashMap<>();
    private final Map<Long, Integer> forked = new HashMap<>();
    private final Set<Long> ended = new HashSet<>();
    private final Map<Long, String> images = new HashMap<>();
    private final Map<Long, Integer> threadNumbers = new HashMap<>();
    private final Set<Integer> unexplained = new HashSet<>();
    private final List<String> notes = new ArrayList<>();
    private int processes;
    private int threads;
    private long accesses;
    private long entries;
    private boolean isOver;

    public RecordedEvents(TraceSink sink, String command, Path folder, ProgressWatch watch) {
        this.folder = folder;
        this.watch = watch;
        this.sink = sink;
        this.command = command;
    }

    /** Reads one connection to its end, or until it may not go on; false when it was empty. */
    public boolean read(ProcessStream stream, BooleanSupplier mayGoOn) throws IOException {
        if (!stream.next()) {
            return false;
        }
        if (stream.kind() != ProcessStream.HELLO) {
            throw new IOException("the recorder's stream does not begin as it should");
        }
        long version = stream.number();
        long pid = stream.number();
        long parentPid = stream.number();
        long why = stream.number();
        if (version != VERSION && version != SHARING_VERSION) {
            throw new IOException(
                    "the recorder's plugin speaks version " + version + ", not " + VERSION + " or " + SHARING_VERSION);
        }
        SharedEntries shared = version == SHARING_VERSION ? SharedEntries.map(stream, stream.channel(), folder) : null;
        int process = begin(pid, parentPid, why);
        if (process < 0) {
            return true;
        }
        int[] lastCall = {LastCall.NONE};
        ProgressWatch.Watched watched = watch.add(pid, command, () -> shared != null ? shared.lastCall() : lastCall[0]);
        try {
            streamEnded(process, readRecords(stream, shared, process, pid, mayGoOn, watched, lastCall));
        } finally {
            watch.remove(watched);
        }
        return true;
    }

    /** Whether the last records said why the stream ends. */
    private boolean readRecords(
            ProcessStream stream,
            @Nullable SharedEntries shared,
            int process,
            long pid,
            BooleanSupplier mayGoOn,
            ProgressWatch.Watched watched,
            int[] lastCall)
            throws IOException {
        long[] words = new long[1 << 14];
        AccessBatch batch = new AccessBatch();
        boolean hasEnded = false;
        while (asks(mayGoOn) && stream.next()) {
            int kind = stream.kind();
            if (kind == ProcessStream.CALL) {
                lastCall[0] = (int) stream.firstNumber();
            }
            record(stream, shared, process, pid, words, batch);
            watched.heard();
            hasEnded = hasEnded && (kind == ProcessStream.ACCESSES || kind == ProcessStream.FOLDED)
                    || kind == ProcessStream.EXIT
                    || kind == ProcessStream.EXEC
                    || kind == ProcessStream.GONE;
        }
        return hasEnded;
    }

    /** A process that did not say why it ended was killed, or connects anew, or goes on unrecorded. */
    private synchronized void streamEnded(int process, boolean hasSaidWhy) {
        if (hasSaidWhy) {
            unexplained.remove(process);
        } else {
            unexplained.add(process);
        }
    }

    /** Under the lock, because what is asked looks at the sink. */
    private synchronized boolean asks(BooleanSupplier mayGoOn) {
        return mayGoOn.getAsBoolean();
    }

    /** The number of the process that a connection is of, or -1 for one that nobody knows. */
    private synchronized int begin(long pid, long parentPid, long why) throws IOException {
        boolean isNewImage = why == NEW_IMAGE || why == NEW_START && processes > 0;
        if (isNewImage) {
            // What the process did before it executed comes first.
            if (!waitUntil(() -> images.containsKey(pid))) {
                notes.add("process " + pid + " ran unrecorded: nobody told that it executes a program");
                return -1;
            }
            int process = known(pid);
            sink.processStarted(process, process, false, images.getOrDefault(pid, command));
            images.remove(pid);
            return process;
        }
        if (why == NEW_CONNECTION) {
            return known(pid);
        }
        if (why != NEW_PROCESS && why != NEW_START) {
            throw new IOException("the recorder's stream begins for no known reason: " + why);
        }
        if (parentPid == 0) {
            int process = processes++;
            processOfPid.put(pid, process);
            sink.processStarted(process, -1, false, command);
            return process;
        }
        if (!waitUntil(() -> forked.containsKey(pid))) {
            // Its parent was killed before it could tell: nobody knows what the child has in memory.
            notes.add("process " + pid + " ran unrecorded: its parent was killed while it started");
            return -1;
        }
        Integer process = forked.remove(pid);
        if (process == null) {
            throw new IllegalStateException("fork of " + pid + " vanished");
        }
        return process;
    }

    /** Waits, without the lock, for what another stream will tell; false when it does not come. */
    private synchronized boolean waitUntil(BooleanSupplier isTold) throws IOException {
        long deadline = System.currentTimeMillis() + WAIT_MILLIS;
        while (!isTold.getAsBoolean()) {
            long left = deadline - System.currentTimeMillis();
            if (left <= 0 || isOver) {
                return false;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        return true;
    }

    private int known(long pid) throws IOException {
        Integer process = processOfPid.get(pid);
        if (process == null) {
            throw new IOException("process " + pid + " was never started");
        }
        return process;
    }

    private void record(
            ProcessStream stream,
            @Nullable SharedEntries shared,
            int process,
            long pid,
            long[] words,
            AccessBatch batch)
            throws IOException {
        switch (stream.kind()) {
            case ProcessStream.FOLDED -> folded(stream, shared, process, batch);
            case ProcessStream.ACCESSES -> accesses(stream, process, words, batch);
            case ProcessStream.MAPPING -> {
                long start = stream.number();
                long end = stream.number();
                int prot = (int) stream.number();
                synchronized (this) {
                    sink.initialMapping(process, start, end, prot, stream.text());
                }
            }
            case ProcessStream.THREAD -> {
                synchronized (this) {
                    int number = threads++;
                    threadNumbers.put(key(process, stream.thread()), number);
                    sink.threadStarted(process, number);
                }
            }
            case ProcessStream.CALL -> {
                int number = (int) stream.number();
                long[] args = new long[6];
                stream.numbers(args, args.length);
                long result = stream.number();
                synchronized (this) {
                    sink.systemCall(process, threadOf(process, stream.thread()), number, args, result);
                }
            }
            case ProcessStream.FORK -> fork(process, stream.number());
            case ProcessStream.EXEC -> {
                synchronized (this) {
                    images.put(pid, stream.text());
                    notifyAll();
                }
            }
            case ProcessStream.UNSEEN -> {
                synchronized (this) {
                    notes.add(stream.text() + " ran unrecorded: it is no program that the recorder can run");
                }
            }
            case ProcessStream.GONE -> {
                synchronized (this) {
                    sink.threadExited(process, threadOf(process, stream.thread()));
                }
            }
            case ProcessStream.EXIT -> exit(process, pid, (int) stream.number());
            default -> throw new IOException("the recorder's stream has a record of kind " + stream.kind());
        }
    }

    private synchronized void fork(int parent, long childPid) {
        int child = processes++;
        processOfPid.put(childPid, child);
        ended.remove(childPid);
        sink.processStarted(child, parent, false, command);
        forked.put(childPid, child);
        notifyAll();
    }

    private synchronized void exit(int process, long pid, int status) {
        if (ended.add(pid)) {
            sink.processExited(process, status);
        }
    }

    private void accesses(ProcessStream stream, int process, long[] words, AccessBatch batch) {
        long instructions = stream.number();
        int left = stream.numbersLeft();
        boolean isFirst = true;
        while (left > 0 || isFirst) {
            int n = Math.min(left, words.length);
            stream.numbers(words, n);
            left -= n;
            for (int from = 0; from < n || isFirst; from += AccessBatch.DEFAULT_CAPACITY) {
                int size = Math.min(AccessBatch.DEFAULT_CAPACITY, n - from);
                unpack(words, from, size, batch);
                batch.instructions = isFirst ? instructions : 0;
                isFirst = false;
                synchronized (this) {
                    entries += size;
                    sink.accesses(process, threadOf(process, stream.thread()), batch);
                }
            }
        }
    }

    private void folded(ProcessStream stream, @Nullable SharedEntries shared, int process, AccessBatch batch)
            throws IOException {
        long slot = stream.number();
        long size = stream.number();
        if (shared == null) {
            throw new IOException("the recorder's stream names shared memory and has none");
        }
        shared.check(slot, size);
        batch.isDetailed = true;
        batch.instructions = stream.number();
        batch.multiplies = stream.number();
        batch.divides = stream.number();
        batch.floatingPoints = stream.number();
        batch.branches = stream.number();
        int from = 0;
        do {
            int part = (int) Math.min(AccessBatch.DEFAULT_CAPACITY, size - from);
            long sum = shared.unpack((int) slot, from, part, batch);
            synchronized (this) {
                entries += part;
                accesses += sum;
                sink.accesses(process, threadOf(process, stream.thread()), batch);
            }
            batch.setCounts(null);
            from += part;
        } while (from < size);
        shared.emptied();
    }

    private void unpack(long[] words, int from, int size, AccessBatch batch) {
        long sum = 0;
        for (int i = 0; i < size; i++) {
            long word = words[from + i];
            int count = (int) (word >>> COUNT_SHIFT);
            batch.va[i] = word & VA_MASK;
            batch.meta[i] = count << AccessBatch.COUNT_SHIFT | (int) (word >>> STORE_BIT) & 3;
            sum += count;
        }
        batch.size = size;
        synchronized (this) {
            accesses += sum;
        }
    }

    private int threadOf(int process, int thread) {
        Integer number = threadNumbers.get(key(process, thread));
        if (number == null) {
            throw new IllegalStateException("thread " + thread + " of process " + process + " was never started");
        }
        return number;
    }

    private static long key(int process, int thread) {
        return (long) process << 32 | thread;
    }

    /** Nobody needs to wait for anybody any more. */
    public synchronized void over() {
        isOver = true;
        notifyAll();
    }

    /** The recording is over: who has not said goodbye was killed, or goes on unrecorded. A sink that broke hears nothing more. */
    public synchronized RecordingResult finish(
            int status, double seconds, boolean isWhole, String recorder, @Nullable IOException broken) {
        if (broken != null) {
            return new RecordingResult(
                    status, accesses, entries, seconds, processes, threads, false, recorder, notes, broken);
        }
        boolean wentOn = isWhole && status < FIRST_SIGNAL && unexplained.contains(0);
        if (wentOn) {
            notes.add("the program went on unrecorded: the recorder stood still for too long");
        }
        processOfPid.forEach((pid, process) -> {
            if (ended.add(pid)) {
                sink.processExited(process, process == 0 ? status : 128);
            }
        });
        boolean sawTheEnd = isWhole && !wentOn;
        sink.end(sawTheEnd);
        return new RecordingResult(
                status, accesses, entries, seconds, processes, threads, sawTheEnd, recorder, notes, null);
    }
}
