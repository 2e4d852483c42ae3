package dev.mitosis.halsim.timing;

import dev.mitosis.halsim.cache.CoreCaches;
import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.walk.MemoryReferences;
import java.util.Arrays;

/**
 * Pieces of what one processor did, access by access, with what answered each: enough to time them under any latencies.
 *
 * <p>Shape: pieces of {@value #PIECE} consecutive accesses, spread evenly over all that the processor did. When there are too many,
 * every other piece goes and the pieces to come lie twice as far apart, so any length of run leaves between half of them and all.
 *
 * <p>Cost: 20 bytes an access and one byte for each entry of a table that its walk read.
 */
public final class ReferenceSample {
    /** Accesses of a piece. */
    public static final int PIECE = 2048;

    /** Of {@link #flags}: a store that loads nothing. */
    static final byte STORE = 1;

    /** Of {@link #flags}: the access walked. */
    static final byte WALKED = 2;

    /** A store, of one access, of the program: as batches of accesses say it. */
    private static final int STORE_OF_ONE = 1 << 2 | 1;

    /**
     * Accesses in the arrays of a batch.
     *
     * @param from the first, and {@code to} the one after the last
     * @param instructionsEach and {@code dividesEach}: the mean of an access
     * @param isDetailed whether {@code distance} is known
     */
    @SuppressWarnings("ArrayRecordComponent") // read at once, never compared
    public record Stretch(
            long[] va,
            int[] meta,
            byte[] distance,
            int from,
            int to,
            float instructionsEach,
            float dividesEach,
            boolean isDetailed) {}

    private final int mostPieces;
    private int pieces;
    /** From the end of a piece to the begin of the next, in pieces. */
    private long gapPieces = 1;

    /** Accesses of the piece under way, -1 between pieces. */
    private int open = -1;
    /** Accesses that are left until the next piece begins. */
    private long gap;

    final long[] line;
    final byte[] source;
    final byte[] flags;
    final byte[] distance;
    final float[] instructions;
    final float[] workCycles;
    /** Where the reads of an access's walk begin in {@link #walkSources}; they end where those of the next begin. */
    final int[] walkFrom;

    byte[] walkSources;
    private int walkSize;
    private boolean isDetailed = true;

    /** @param mostPieces at least 2 */
    public ReferenceSample(int mostPieces) {
        this.mostPieces = mostPieces;
        int capacity = mostPieces * PIECE;
        line = new long[capacity];
        source = new byte[capacity];
        flags = new byte[capacity];
        distance = new byte[capacity];
        instructions = new float[capacity];
        workCycles = new float[capacity];
        walkFrom = new int[capacity + 1];
        walkSources = new byte[capacity];
    }

    /** Whole pieces. */
    public int pieces() {
        return pieces;
    }

    /** The accesses of whole pieces. */
    public int size() {
        return pieces * PIECE;
    }

    /** Whether it is known of all accesses which others their addresses wait for. */
    boolean isDetailed() {
        return isDetailed;
    }

    double instructionsPerAccess() {
        double sum = 0;
        for (int i = 0; i < size(); i++) {
            sum += instructions[i];
        }
        return sum / size();
    }

    /** Latency of data beyond the first level, as if none overlapped. */
    double latencyPerAccess(double[] latencyCycles) {
        double sum = 0;
        for (int i = 0; i < size(); i++) {
            sum += source[i] == Pmu.L1 ? 0 : latencyCycles[source[i]];
        }
        return sum / size();
    }

    /** Whether the next accesses are wanted. */
    public boolean wants() {
        return open >= 0 || gap <= 0;
    }

    /** Passes over accesses that are not wanted. */
    public void skip(int accesses) {
        gap -= accesses;
    }

    /** Forgets the piece under way: what follows does not follow it. */
    private void interrupt() {
        if (open >= 0) {
            walkSize = walkFrom[pieces * PIECE];
            open = -1;
        }
    }

    /**
     * Takes consecutive accesses.
     *
     * @param stretch the accesses
     * @param references what they asked for, in order: the entries of an access's walk, then its data
     */
    public void take(Stretch stretch, MemoryReferences references, PhysicalLines lines) {
        isDetailed &= stretch.isDetailed;
        int reference = 0;
        for (int i = stretch.from; i < stretch.to; i++) {
            if (open < 0) {
                open = 0;
            }
            int at = pieces * PIECE + open;
            walkFrom[at] = walkSize;
            while (reference < references.size && MemoryReferences.level(references.words[reference]) != 0) {
                walked(source(references, reference++, lines));
            }
            if (reference == references.size) {
                interrupt();
                return;
            }
            boolean isStore = stretch.meta[i] == STORE_OF_ONE;
            line[at] = stretch.va[i] >>> 6;
            source[at] = source(references, reference++, lines);
            flags[at] = (byte) ((isStore ? STORE : 0) | (walkSize > walkFrom[at] ? WALKED : 0));
            distance[at] = stretch.isDetailed ? stretch.distance[i] : 0;
            instructions[at] = stretch.instructionsEach;
            workCycles[at] = stretch.dividesEach;
            walkFrom[at + 1] = walkSize;
            if (++open == PIECE) {
                open = -1;
                if (++pieces == mostPieces) {
                    thin();
                }
                gap = gapPieces * PIECE - (stretch.to - i - 1);
                return;
            }
        }
    }

    private void walked(byte from) {
        if (walkSize == walkSources.length) {
            walkSources = Arrays.copyOf(walkSources, 2 * walkSize);
        }
        walkSources[walkSize++] = from;
    }

    private static byte source(MemoryReferences references, int at, PhysicalLines lines) {
        byte where = references.where[at];
        return (byte)
                (where == CoreCaches.MEMORY
                        ? Pmu.MEMORY + lines.nodeOfNumber(MemoryReferences.line(references.words[at]))
                        : where - CoreCaches.L1);
    }

    /** Keeps every other piece. */
    private void thin() {
        byte[] reads = walkSources.clone();
        int size = 0;
        for (int piece = 0; piece < pieces; piece += 2) {
            int from = piece * PIECE;
            int to = piece / 2 * PIECE;
            System.arraycopy(line, from, line, to, PIECE);
            System.arraycopy(source, from, source, to, PIECE);
            System.arraycopy(flags, from, flags, to, PIECE);
            System.arraycopy(distance, from, distance, to, PIECE);
            System.arraycopy(instructions, from, instructions, to, PIECE);
            System.arraycopy(workCycles, from, workCycles, to, PIECE);
            for (int i = 0; i < PIECE; i++) {
                int first = walkFrom[from + i];
                int length = walkFrom[from + i + 1] - first;
                System.arraycopy(reads, first, walkSources, size, length);
                walkFrom[to + i] = size;
                size += length;
            }
            walkFrom[to + PIECE] = size;
        }
        walkSize = size;
        pieces = (pieces + 1) / 2;
        gapPieces = 2 * gapPieces + 1;
    }
}
