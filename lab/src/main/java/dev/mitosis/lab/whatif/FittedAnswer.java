package dev.mitosis.lab.whatif;

import dev.mitosis.lab.counters.Estimate;
import java.util.List;

/**
 * The answer for a scenario under what counters say of the program.
 *
 * @param samples that were fitted
 * @param residual spread of counted cycles around the fit, as a share of them
 * @param rows first touch first
 */
public record FittedAnswer(
        FittedCosts costs,
        int samples,
        double residual,
        double countedWalksPerThousand,
        double simulatedWalksPerThousand,
        double countedWalkShare,
        List<FittedRow> rows) {
    private static final double FAR = 3;

    public FittedAnswer {
        rows = List.copyOf(rows);
    }

    /**
     * A policy against first touch.
     *
     * @param contended the same while the memory of the node left behind is busy; that of {@code speedup} in the wide scenario
     * @param ifMemory the speedup if reads of page tables in memory were what makes walks longer or shorter than simulated
     */
    public record FittedRow(String policy, Estimate speedup, Estimate contended, double ifMemory) {}

    /** Whether so many more or fewer walks were counted than simulated that the counters are hardly of this program and machine. */
    public boolean isDoubtful() {
        double ratio = countedWalksPerThousand / simulatedWalksPerThousand;
        return ratio > FAR || ratio < 1 / FAR;
    }

    public FittedRow row(String policy) {
        return rows.stream()
                .filter(row -> row.policy().equals(policy))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no policy " + policy));
    }
}
