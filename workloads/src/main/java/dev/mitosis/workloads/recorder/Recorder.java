package dev.mitosis.workloads.recorder;

import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program to its end and streams what it does to memory into a sink.
 *
 * <p>The program keeps its standard streams, its arguments, its environment and its exit code. Children and the programs that
 * they execute are recorded with it.
 *
 * <p>Errors: {@link RecorderException} when the program cannot be recorded; an exception of the sink ends the program.
 *
 * <p>Concurrency: the sink is called by one thread at a time.
 */
public final class Recorder {
    private static final String QEMU = "qemu-x86_64";

    private final TraceSink sink;
    private final List<Thread> readers = new ArrayList<>();
    private final Semaphore emptyConnections = new Semaphore(0);
    private @Nullable Throwable failure;
    private @Nullable Process process;

    private Recorder(TraceSink sink) {
        this.sink = sink;
    }

    /** Records one program. */
    public static RecordingResult record(List<String> argv, TraceSink sink) throws IOException {
        if (argv.isEmpty()) {
            throw new RecorderException(RecorderException.FAILED, "no program to record");
        }
        ProgramFile program = ProgramFile.find(argv);
        Path qemu = ProgramFile.inPath(QEMU);
        if (qemu == null) {
            throw new RecorderException(
                    RecorderException.FAILED, "the recorder needs " + QEMU + ": apt-get install qemu-user");
        }
        Path plugin = RecorderPlugin.library();
        Path folder = Files.createTempDirectory("mitosis");
        try {
            return new Recorder(sink).run(argv, program, qemu, plugin, folder.resolve("s"));
        } finally {
            Files.deleteIfExists(folder.resolve("s"));
            Files.deleteIfExists(folder);
        }
    }

    private RecordingResult run(List<String> argv, ProgramFile program, Path qemu, Path plugin, Path socket)
            throws IOException {
        long started = System.nanoTime();
        RecordedEvents events = new RecordedEvents(sink, String.join(" ", argv));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                SignalShield shield = new SignalShield(this::endProgram)) {
            assert shield != null;
            server.bind(UnixDomainSocketAddress.of(socket));
            start("recorder-accept", () -> accept(server, events));
            int status = start(program, qemu, plugin, socket).waitFor();
            drain(socket);
            rethrow();
            return events.finish(status, (System.nanoTime() - started) / 1e9);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while recording", e);
        } finally {
            Process left = process;
            if (left != null) {
                left.destroy();
            }
        }
    }

    private Process start(ProgramFile program, Path qemu, Path plugin, Path socket) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(qemu.toString());
        command.add("-cpu");
        command.add("max");
        command.add("-plugin");
        command.add(plugin + ",socket=" + socket + ",self=" + plugin + ",qemu=" + qemu);
        command.addAll(program.command());
        Process running = new ProcessBuilder(command).inheritIO().start();
        process = running;
        return running;
    }

    private void accept(ServerSocketChannel server, RecordedEvents events) {
        try {
            while (true) {
                SocketChannel channel = server.accept();
                synchronized (readers) {
                    readers.add(start("recorder-read", () -> read(channel, events)));
                }
            }
        } catch (AsynchronousCloseException e) {
            // The recording is over.
        } catch (IOException e) {
            fail(e);
        }
    }

    private void read(SocketChannel channel, RecordedEvents events) {
        try (channel) {
            if (!events.read(new ProcessStream(channel))) {
                emptyConnections.release();
            }
        } catch (IOException | RuntimeException e) {
            fail(e);
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
        } while (waited > 1);
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

    /** Keeps the first failure, and ends the program: nobody listens to it any more. */
    private synchronized void fail(Throwable e) {
        if (failure == null) {
            failure = e;
        }
        endProgram();
    }

    private synchronized void endProgram() {
        Process running = process;
        if (running != null) {
            running.destroy();
        }
    }

    private synchronized void rethrow() throws IOException {
        if (failure instanceof UncheckedIOException wrapped) {
            throw wrapped.getCause();
        }
        if (failure instanceof IOException outside) {
            throw outside;
        }
        if (failure instanceof RuntimeException defect) {
            throw defect;
        }
    }
}
