package dev.mitosis.lab.experiments;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How an experiment is run.
 *
 * @param reference a file of published numbers to use instead of those that come with the product
 * @param isQuick whether it should be done in a few minutes, less accurately
 */
public record ExperimentSettings(long seed, int hostThreads, boolean isQuick, Optional<Path> reference) {}
