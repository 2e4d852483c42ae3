package dev.mitosis.workloads.recorder;

import dev.mitosis.halnative.libc.RawCommandLine;
import dev.mitosis.workloads.recorder.stream.ProcessStream;
import dev.mitosis.workloads.recorder.stream.ProcessorTime;
import dev.mitosis.workloads.recorder.stream.ProgressWatch;
import dev.mitosis.workloads.recorder.stream.RecordedEvents;
import dev.mitosis.workloads.recorder.stream.RecordingResult;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program to its end and streams what it does to memory into a sink.
 *
 * <p>The program keeps its standard streams, its arguments, its environment and its exit code. Children and the programs that
 * they execute are recorded with it.
 *
 * <p>An interrupt ends the recording: the program, which has it from the terminal too, has a while to end by itself, and is then
 * ended; what was recorded stays. A second interrupt shortens that.
 *
 * <p>Errors: {@link RecorderException} when the program cannot be recorded. A sink that breaks does not end the program, which goes on
 * unrecorded; the result says so.
 *
 * <p>Concurrency: the sink is called by one thread at a time.
 */
public final class Recorder {
    /** After which a program that was asked to end is killed. */
    private static final int KILL_MILLIS = 2_000;
    /** How often processes are looked at. */
    private static final int LOOK_MILLIS = 500;
    /** What tells a plugin that nobody wants more, before the connection is closed. */
    private static final byte RELEASED = 'S';

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final RecorderSettings settings;
    private final RecordedEvents events;
    private final ProgressWatch watch;
    private final BooleanSupplier isEnough;
    private final List<Thread> readers = new ArrayList<>();
    private final List<SocketChannel> channels = new ArrayList<>();
    private final Semaphore emptyConnections = new Semaphore(0);
    private final AtomicInteger interrupts = new AtomicInteger();
    private @Nullable Throwable failure;
    private @Nullable StartedProgram process;
    /** Nobody is recorded any more. */
    private volatile boolean isOver;

    private Recorder(RecorderSettings settings, RecordedEvents events, ProgressWatch watch, BooleanSupplier isEnough) {
        this.watch = watch;
        this.isEnough = isEnough;
        this.settings = settings;
        this.events = events;
    }

    /** Records one program. */
    public static RecordingResult record(List<String> argv, TraceSink sink) throws IOException {
        return record(argv, sink, RecorderSettings.DEFAULT, () -> false);
    }

    /** Records one program until it ends, or {@code isEnough} says so; then the program goes on unrecorded. */
    public static RecordingResult record(
            List<String> argv, TraceSink sink, RecorderSettings settings, BooleanSupplier isEnough) throws IOException {
        if (argv.isEmpty()) {
            throw new RecorderException(RecorderException.FAILED, "no program to record");
        }
        ProgramFile program = ProgramFile.find(RawCommandLine.last(argv));
        RecorderBackend backend = settings.choice().backend(program);
        backend.prepare();
        try (ScratchFolder folder = ScratchFolder.create();
                ScratchFolder shared = ScratchFolder.in(sharedMemory(folder.path()))) {
            ProgressWatch watch =
                    new ProgressWatch(settings.silenceSeconds(), ProcessorTime::millis, settings.warnings());
            RecordedEvents events = new RecordedEvents(sink, String.join(" ", argv), shared.path(), watch);
            return new Recorder(settings, events, watch, isEnough)
                    .run(
                            backend,
                            program,
                            new RecorderSession(folder.path().resolve("s"), shared.path(), settings.patienceSeconds()));
        }
    }

    /** Where files are memory, if there is such a place; otherwise what is shared may be written to a disk. */
    private static Path sharedMemory(Path otherwise) {
        return Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY : otherwise;
    }

    private RecordingResult run(RecorderBackend backend, ProgramFile program, RecorderSession session)
            throws IOException {
        long started = System.nanoTime();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                SigintGuard shield = new SigintGuard(this::interrupted, this::endProgram)) {
            assert shield != null;
            server.bind(UnixDomainSocketAddress.of(session.socket()));
            start("recorder-accept", () -> accept(server));
            start("recorder-watch", this::watch);
            int status = start(backend, program, session).waitFor();
            drain(session.socket());
            boolean wasWhole = !isOver;
            release();
            rethrowDefect();
            double seconds = (System.nanoTime() - started) / 1e9;
            return events.finish(status, seconds, wasWhole, backend.title(), brokenSink());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while recording", e);
        } finally {
            StartedProgram left = process;
            if (left != null) {
                left.terminate();
            }
        }
    }

    private StartedProgram start(RecorderBackend backend, ProgramFile program, RecorderSession session)
            throws IOException {
        StartedProgram running = ProgramStarter.start(
                backend.command(program, session),
                backend.environment(RawCommandLine.environment()),
                settings.output());
        process = running;
        return running;
    }

    private void watch() {
        try {
            while (!isOver) {
                watch.look();
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept(ServerSocketChannel server) {
        try {
            while (true) {
                SocketChannel channel = server.accept();
                synchronized (readers) {
                    channels.add(channel);
                    readers.add(start("recorder-read", () -> read(channel)));
                }
                if (isOver) {
                    hangUp(channel);
                }
            }
        } catch (ClosedChannelException e) {
            // The recording is over.
        } catch (IOException e) {
            fail(e);
        }
    }

    private void read(SocketChannel channel) {
        try (channel) {
            if (!events.read(new ProcessStream(channel), this::mayGoOn)) {
                emptyConnections.release();
            }
        } catch (ClosedChannelException e) {
            // We hung up. What the plugin does then is its business.
            emptyConnections.release();
        } catch (IOException e) {
            // Once it is over, streams end as they will.
            if (!isOver) {
                fail(e);
            }
        } catch (RuntimeException e) {
            fail(e);
        } finally {
            synchronized (readers) {
                channels.remove(channel);
            }
        }
    }

    /**
     * Waits for the streams of all processes: children may outlive the program.
     *
     * <p>Connections are accepted in their order. So when an empty one of ours has come through, all that were made before it
     * have a reader.
     */
    private void drain(Path socket) throws IOException, InterruptedException {
        int waited;
        do {
            SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
            emptyConnections.acquire();
            waited = 0;
            for (Thread reader = nextReader(); reader != null; reader = nextReader()) {
                reader.join();
                waited++;
            }
            // More than our own: one of them may have had children meanwhile.
        } while (waited > 1 && !isOver);
    }

    private @Nullable Thread nextReader() {
        synchronized (readers) {
            return readers.isEmpty() ? null : readers.remove(0);
        }
    }

    private static Thread start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    // ---- the end ----

    private boolean mayGoOn() {
        if (!isOver && isEnough.getAsBoolean()) {
            release();
        }
        return !isOver;
    }

    /** Hangs up on everybody who is recorded. Programs that go on say nothing of it when that is as wished. */
    private void release() {
        isOver = true;
        events.over();
        List<SocketChannel> open;
        synchronized (readers) {
            open = List.copyOf(channels);
        }
        open.forEach(this::hangUp);
    }

    private void hangUp(SocketChannel channel) {
        try (channel) {
            if (!hasFailed()) {
                channel.write(ByteBuffer.wrap(new byte[] {RELEASED}));
            }
        } catch (IOException gone) {
            // Nothing is left to hang up on.
        }
    }

    private void interrupted() {
        if (interrupts.incrementAndGet() == 1) {
            start("recorder-interrupt", () -> endWithin(settings.graceMillis(), KILL_MILLIS));
        } else {
            start("recorder-interrupt", () -> endWithin(0, 0));
        }
    }

    /** Lets the program end by itself, then asks it to, then kills it; its children that are left go on unrecorded. */
    private void endWithin(int graceMillis, int killMillis) {
        StartedProgram running = process;
        try {
            long deadline = System.nanoTime() + graceMillis * 1_000_000L;
            if (running != null && !running.hasEndedWithin(graceMillis)) {
                running.terminate();
                if (!running.hasEndedWithin(killMillis)) {
                    running.kill();
                }
            } else {
                TimeUnit.NANOSECONDS.sleep(Math.max(0, deadline - System.nanoTime()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        release();
    }

    /** Keeps the first failure. The program goes on, and its plugin tells that it is not recorded any more. */
    private void fail(Throwable e) {
        synchronized (this) {
            if (failure == null) {
                failure = e;
            }
        }
        release();
    }

    private synchronized boolean hasFailed() {
        return failure != null;
    }

    private void endProgram() {
        StartedProgram running = process;
        if (running != null) {
            running.terminate();
        }
        start("recorder-interrupt", () -> endWithin(settings.graceMillis(), 0));
    }

    private synchronized @Nullable IOException brokenSink() {
        if (failure instanceof UncheckedIOException wrapped) {
            return wrapped.getCause();
        }
        return failure instanceof IOException outside ? outside : null;
    }

    private synchronized void rethrowDefect() {
        if (failure instanceof RuntimeException defect && !(defect instanceof UncheckedIOException)) {
            throw defect;
        }
    }
}
