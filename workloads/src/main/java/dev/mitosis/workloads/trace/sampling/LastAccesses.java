package dev.mitosis.workloads.trace.sampling;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.TraceFileReader;
import dev.mitosis.workloads.trace.TraceFileWriter;
import dev.mitosis.workloads.trace.TracePart;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Keeps the last accesses of a program of unknown length: all events go to piece files, and a piece that is no longer among the last
 * is thinned to its touches and deleted.
 *
 * <p>Memory does not depend on the program's length, and disk only by its touches and calls: 1 1/4 times what is kept lies in pieces.
 *
 * <p>Errors: {@link UncheckedIOException} for a full disk and the like.
 */
public final class LastAccesses implements TraceSink, AutoCloseable {
    private static final int PIECES = 4;
    private static final long SMALLEST_PIECE = 1 << 16;

    private final Path folder;
    private final long last;
    private final Sampler thinned;
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private Piece open;

    /** A piece of the recording. */
    private static final class Piece {
        final Path file;
        final TraceFileWriter writer;
        long accesses;

        Piece(Path folder) throws IOException {
            file = Files.createTempFile(folder, ".last-", ".part");
            file.toFile().deleteOnExit();
            writer = new TraceFileWriter(file);
        }
    }

    /** Keeps the last {@code last} accesses in {@code next}; pieces lie in a folder. */
    public LastAccesses(TraceSink next, long last, Path folder) throws IOException {
        this.folder = folder;
        this.last = last;
        thinned = new Sampler(next, SamplingPlan.last(last));
        open = new Piece(folder);
    }

    /** What takes the events in the end. */
    public Sampler sampler() {
        return thinned;
    }

    @Override
    public void processStarted(int process, int parent, boolean sharesMemory, String command) {
        open.writer.processStarted(process, parent, sharesMemory, command);
    }

    @Override
    public void initialMapping(int process, long startVa, long endVa, int prot, String name) {
        open.writer.initialMapping(process, startVa, endVa, prot, name);
    }

    @Override
    public void threadStarted(int process, int thread) {
        open.writer.threadStarted(process, thread);
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        open.writer.accesses(process, thread, batch);
        open.accesses += batch.rawAccesses();
        if (open.accesses >= Math.max(SMALLEST_PIECE, last / PIECES)) {
            try {
                finishPiece();
                dropPieces();
                open = new Piece(folder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void finishPiece() throws IOException {
        open.writer.end(true);
        open.writer.commit();
        pieces.add(open);
    }

    /** Thins the oldest pieces while the others hold enough. */
    private void dropPieces() throws IOException {
        long held = pieces.stream().mapToLong(piece -> piece.accesses).sum();
        while (held - pieces.getFirst().accesses >= last) {
            held -= pieces.getFirst().accesses;
            moveOldest();
        }
    }

    private void moveOldest() throws IOException {
        Piece oldest = pieces.getFirst();
        new TraceFileReader(oldest.file).replay(new ForwardingSink(thinned) {
            @Override
            public void end(boolean complete) {
                // Of the piece; the program goes on.
            }
        });
        pieces.removeFirst();
        Files.deleteIfExists(oldest.file);
    }

    @Override
    public void part(TracePart part) {
        throw new IllegalStateException("a trace of which only the last accesses are kept is not sampled already");
    }

    @Override
    public void leftOut(int process, int thread, long accesses, long instructions) {
        throw new IllegalStateException("a trace of which only the last accesses are kept is not sampled already");
    }

    @Override
    public void systemCall(int process, int thread, int number, long[] args, long result) {
        open.writer.systemCall(process, thread, number, args, result);
    }

    @Override
    public void threadExited(int process, int thread) {
        open.writer.threadExited(process, thread);
    }

    @Override
    public void processExited(int process, int status) {
        open.writer.processExited(process, status);
    }

    @Override
    public void end(boolean complete) {
        try {
            finishPiece();
            long held = pieces.stream().mapToLong(piece -> piece.accesses).sum();
            thinned.measureFrom(Math.max(0, thinned.clock() + held - last));
            while (!pieces.isEmpty()) {
                moveOldest();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thinned.end(complete);
    }

    /** Deletes the pieces that are left, when the recording did not come to its end. */
    @Override
    public void close() throws IOException {
        pieces.add(open);
        for (Piece piece : pieces) {
            piece.writer.close();
            Files.deleteIfExists(piece.file);
        }
        pieces.clear();
    }
}
