package dev.mitosis.lab.experiments;

import dev.mitosis.lab.score.Figure;
import java.io.IOException;

/** Something that was published, and how to see it here. */
public interface Experiment {
    /** The name on the command line. */
    String id();

    /** One line for people: what it shows, and where it was published. */
    String description();

    /** Whether it is published as bars, and not as a table. */
    default boolean hasBars() {
        return true;
    }

    /**
     * Runs it.
     *
     * @throws IllegalArgumentException when the settings do not fit it, in one line
     */
    Figure run(ExperimentSettings settings, Listener listener) throws IOException;

    /** What hears how far an experiment is. */
    interface Listener {
        Listener NONE = (done, all, doing) -> {};

        /** {@code done} of {@code all} parts are done, and this one begins. */
        void part(int done, int all, String doing);
    }
}
