package dev.mitosis.halsim.quantum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SocketWorkersTest {
    private static final int PIECES = 5;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 9})
    void eachPieceIsDoneOnceARound(int threads) {
        AtomicIntegerArray done = new AtomicIntegerArray(PIECES);
        try (SocketWorkers crew = new SocketWorkers(PIECES, threads)) {
            for (int round = 1; round <= 3000; round++) {
                crew.run(done::incrementAndGet);
                for (int piece = 0; piece < PIECES; piece++) {
                    assertEquals(round, done.get(piece), "piece " + piece);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void whatAPieceThrowsComesOutWhenTheOthersAreDone(int threads) {
        AtomicIntegerArray done = new AtomicIntegerArray(PIECES);
        try (SocketWorkers crew = new SocketWorkers(PIECES, threads)) {
            IllegalArgumentException thrown = assertThrows(
                    IllegalArgumentException.class,
                    () -> crew.run(piece -> {
                        done.incrementAndGet(piece);
                        if (piece == 2) {
                            throw new IllegalArgumentException("two");
                        }
                    }));
            assertEquals("two", thrown.getMessage());
            crew.run(done::incrementAndGet);
            for (int piece = 0; piece < PIECES; piece++) {
                assertEquals(2, done.get(piece), "piece " + piece);
            }
        }
    }

    /** The helpers sleep when nothing comes for a while, and wake up for the next round. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void aCrewThatWasAsleepGoesOn(int threads) throws InterruptedException {
        AtomicIntegerArray done = new AtomicIntegerArray(PIECES);
        try (SocketWorkers crew = new SocketWorkers(PIECES, threads)) {
            for (int round = 1; round <= 5; round++) {
                crew.run(piece -> {
                    done.incrementAndGet(piece);
                    pause();
                });
                Thread.sleep(10);
            }
        }
        for (int piece = 0; piece < PIECES; piece++) {
            assertEquals(5, done.get(piece), "piece " + piece);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
