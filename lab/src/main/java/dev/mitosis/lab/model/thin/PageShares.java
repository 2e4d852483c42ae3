package dev.mitosis.lab.model.thin;

import dev.mitosis.lab.model.thin.Simulation.Pages;
import java.util.function.ToDoubleFunction;

/**
 * How a run is made up of simulated kinds of pages: a point on the line from base pages over those that allocation leaves room for to
 * huge pages everywhere.
 *
 * <p>Source: what a fault finds no room for, khugepaged may still collapse, and what it finds room for may have no frame: Linux {@code
 * Documentation/admin-guide/mm/transhuge.rst}.
 *
 * @param base share that is as with base pages
 * @param allocated share that is as allocation leaves room for
 * @param whole share that is as with huge pages everywhere
 */
public record PageShares(double base, double allocated, double whole) {
    public static final PageShares BASE = new PageShares(1, 0, 0);

    /**
     * The point whose walk cycles are a share of those with base pages.
     *
     * @param known that share, published
     * @param allocated the same share, simulated as the workload allocates
     * @param whole the same, with huge pages everywhere
     */
    public static PageShares of(double known, double allocated, double whole) {
        if (known >= allocated) {
            double share = Math.min(1, Math.max(0, (1 - known) / (1 - allocated)));
            return new PageShares(1 - share, share, 0);
        }
        double share = allocated > whole ? Math.min(1, (allocated - known) / (allocated - whole)) : 1;
        return new PageShares(0, 1 - share, share);
    }

    /** The weighted sum of something that each kind of pages has. */
    public double sum(ToDoubleFunction<Pages> of) {
        double sum = 0;
        for (Pages pages : Pages.values()) {
            double weight = weight(pages);
            sum += weight == 0 ? 0 : weight * of.applyAsDouble(pages);
        }
        return sum;
    }

    private double weight(Pages pages) {
        return switch (pages) {
            case BASE -> base;
            case ALLOCATED -> allocated;
            case WHOLE -> whole;
        };
    }
}
