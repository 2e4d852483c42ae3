package dev.mitosis.lab.whatif;

import java.nio.file.Path;

/**
 * A recorded program: its trace, and what the first look at it showed.
 *
 * @param accesses before folding
 * @param recorded those of them that are in the trace; the others were left out, or are only touches
 * @param pages distinct pages of 4 KiB that it touched
 * @param loadedAtAccess how many accesses it had made when it had loaded its data
 * @param isWhole the trace goes to the end of its program
 * @param seconds that recording or scanning took
 */
public record Recording(
        String program,
        Path trace,
        long accesses,
        long recorded,
        long entries,
        long instructions,
        long pages,
        int threads,
        int processes,
        long loadedAtAccess,
        boolean isWhole,
        double seconds) {}
