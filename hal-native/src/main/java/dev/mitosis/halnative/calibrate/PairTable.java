package dev.mitosis.halnative.calibrate;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A number for each ordered pair of nodes, by their places in the list; nothing where a pair could not be measured. */
public final class PairTable {
    private final @Nullable Measured[][] cells;

    public PairTable(int nodes) {
        cells = new Measured[nodes][nodes];
    }

    /** What is known of a processor's node and a memory's. */
    public Optional<Measured> get(int from, int to) {
        return Optional.ofNullable(cells[from][to]);
    }

    public void set(int from, int to, @Nullable Measured measured) {
        cells[from][to] = measured;
    }

    public int nodes() {
        return cells.length;
    }

    /** Whether there is any number at all. */
    public boolean isEmpty() {
        for (@Nullable Measured[] row : cells) {
            for (Measured cell : row) {
                if (cell != null) {
                    return false;
                }
            }
        }
        return true;
    }
}
