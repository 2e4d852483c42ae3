package dev.mitosis.cli.terminal;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where results go and how they look: the options {@code --format} and {@code -o} of every command that reports. */
public final class OutputOptions {
    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Print results as text, json or csv (default: text).")
    private OutputFormat format = OutputFormat.TEXT;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Also write the results, the full configuration and the seed to this directory.")
    private @Nullable Path directory;

    public OutputFormat format() {
        return format;
    }

    public Optional<Path> directory() {
        return Optional.ofNullable(directory);
    }
}
