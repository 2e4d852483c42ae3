package dev.mitosis.lab.whatif;

import java.util.List;

/**
 * How far off the timing of a recorded program may be: the record has its accesses and instructions, not its branch misses, its
 * instruction cache or its locks.
 *
 * <p>The time beside walks is taken three times as long, as it is timed, and a fifth shorter; a speedup is given for each. On the
 * published programs whose local run times are known (eight, Mitosis figure 6) it was 0.8 to 6 times what the same model of a core says,
 * and for six of them at most twice.
 */
public final class Spread {
    /** The time beside walks over what the model of a core says: for the low end of a speedup, its value, and its high end. */
    static final List<Double> BESIDE_WALKS = List.of(3.0, 1.0, 0.8);

    /** As the model of a core says. */
    static final double AS_TIMED = 1;

    private Spread() {}
}
