package dev.mitosis.halsim.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cache.CoreCaches;
import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.walk.MemoryReferences;
import org.junit.jupiter.api.Test;

class ReferenceSampleTest {
    private static final int STRETCH = 256;

    /** Feeds accesses whose line numbers count up, and a walk of {@code i % 3} reads each. */
    private static ReferenceSample fed(int accesses, int mostPieces) {
        ReferenceSample sample = new ReferenceSample(mostPieces);
        AccessBatch batch = new AccessBatch(STRETCH);
        MemoryReferences references = new MemoryReferences(STRETCH * 4);
        PhysicalLines lines = new PhysicalLines(4, 1 << 20);
        for (int at = 0; at < accesses; at += STRETCH) {
            if (!sample.wants()) {
                sample.skip(STRETCH);
                continue;
            }
            batch.clear();
            batch.isDetailed = true;
            references.size = 0;
            for (int i = at; i < at + STRETCH; i++) {
                batch.add(64L * i, 0, 1);
                for (int read = 0; read <= i % 3; read++) {
                    references.add(0, read == i % 3 ? 0 : 1);
                    references.where[references.size - 1] = CoreCaches.L2;
                }
            }
            sample.take(batch.stretch(0, STRETCH), references, lines);
        }
        return sample;
    }

    @Test
    void piecesAreConsecutiveAndSpreadOverAllOfIt() {
        int accesses = 1 << 20;
        ReferenceSample sample = fed(accesses, 16);
        assertTrue(sample.pieces() >= 8 && sample.pieces() <= 16, sample.pieces() + " pieces");
        for (int piece = 0; piece < sample.pieces(); piece++) {
            int first = piece * ReferenceSample.PIECE;
            for (int i = 0; i < ReferenceSample.PIECE; i++) {
                long line = sample.line[first] + i;
                assertEquals(line, sample.line[first + i]);
                assertEquals(line % 3, sample.walkFrom[first + i + 1] - sample.walkFrom[first + i]);
            }
        }
        long last = sample.line[sample.size() - 1];
        assertTrue(last > accesses / 2, "nothing after " + last + " of " + accesses);
    }

    @Test
    void aShortRunHasNoPiece() {
        assertEquals(0, fed(ReferenceSample.PIECE - STRETCH, 16).pieces());
        assertEquals(1, fed(ReferenceSample.PIECE, 16).pieces());
    }
}
