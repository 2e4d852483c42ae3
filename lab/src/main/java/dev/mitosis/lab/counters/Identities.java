package dev.mitosis.lab.counters;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What must hold between counts of one run on any processor. Where it does not, counters were shared too much, events mean something else on
 * that processor, or lines are of different runs.
 *
 * <p>Shape: pure; a sentence for each that is broken by more than 5 %, which counters that take turns may be off.
 */
final class Identities {
    private static final double TOLERANCE = 1.05;

    /** No processor retires more instructions a cycle. */
    private static final double MOST_IPC = 10;

    /** No core of today has more page walkers (AMD Zen 3 and later). */
    private static final int MOST_WALKERS = 6;

    /** Reads of a walk through four levels of a guest and four of its host. */
    private static final int MOST_READS = 24;

    private final CounterSample sample;
    private final List<String> broken = new ArrayList<>();

    private Identities(CounterSample sample) {
        this.sample = sample;
    }

    static List<String> broken(CounterSample sample) {
        Identities of = new Identities(sample);
        of.check();
        return of.broken;
    }

    private void check() {
        double cycles = sample.count(Quantity.CYCLES);
        double instructions = sample.count(Quantity.INSTRUCTIONS);
        atMost("instructions", instructions, "10 a cycle", MOST_IPC * cycles);
        atMost("cycles with a walk for loads", sample.count(Quantity.LOAD_WALK_ACTIVE), "cycles", cycles);
        atMost("cycles with a walk for stores", sample.count(Quantity.STORE_WALK_ACTIVE), "cycles", cycles);
        atMost("cycles of all walks", sample.pendingCycles(), "cycles times six walkers", MOST_WALKERS * cycles);
        if (sample.hasActive() && sample.hasPending()) {
            atMost(
                    "cycles with a walk for loads",
                    sample.count(Quantity.LOAD_WALK_ACTIVE),
                    "cycles of all walks for them",
                    sample.count(Quantity.LOAD_WALK_PENDING));
        }
        if (sample.has(Quantity.LOADS) && sample.has(Quantity.STORES)) {
            double accesses = sample.count(Quantity.LOADS) + sample.count(Quantity.STORES);
            atMost("loads and stores", accesses, "two an instruction", 2 * instructions);
            atMost(
                    "walks and second-level hits",
                    sample.walks() + sample.count(Quantity.STLB_HITS),
                    "accesses",
                    accesses);
        }
        if (sample.hasWalks()) {
            double reads = sample.count(Quantity.WALKER_READS_L1)
                    + sample.count(Quantity.WALKER_READS_L2)
                    + sample.count(Quantity.WALKER_READS_LAST)
                    + sample.count(Quantity.WALKER_READS_MEMORY);
            atMost("reads of page tables", reads, "24 a walk", MOST_READS * sample.walks());
            atMost("walks", sample.walks(), "two an instruction", 2 * instructions);
        }
        if (sample.has(Quantity.MEMORY_LOADS)) {
            atMost(
                    "loads from local and remote memory",
                    sample.count(Quantity.LOCAL_MEMORY_LOADS) + sample.count(Quantity.REMOTE_MEMORY_LOADS),
                    "loads that left the caches",
                    sample.count(Quantity.MEMORY_LOADS));
        }
    }

    private void atMost(String what, double count, String limit, double most) {
        if (count > most * TOLERANCE) {
            broken.add(String.format(
                    Locale.ROOT,
                    "these counts cannot be: %s (%.4g) are more than %s (%.4g)",
                    what,
                    count,
                    limit,
                    most));
        }
    }
}
