package dev.mitosis.lab.experiments;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How an experiment is run.
 *
 * @param reference a file of published numbers to use instead of those that come with the product
 * @param isQuick whether it should be done in a few minutes, less accurately
 */
public record ExperimentSettings(long seed, int hostThreads, boolean isQuick, Optional<Path> reference) {
    /** For an experiment that nothing published can be held against: {@link IllegalArgumentException} when a file is given. */
    void refuseReference(String id) {
        if (reference.isPresent()) {
            throw new IllegalArgumentException("nothing is published of " + id + " to compare with: no --reference");
        }
    }
}
