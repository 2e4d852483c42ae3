package dev.mitosis.shim.numactl;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The C program {@code probe.c}, which prints what a launcher left it. */
final class Probe {
    private Probe() {}

    /** The program, or nothing where there is no compiler. */
    static Optional<Path> compile(Path folder) throws IOException, InterruptedException {
        if (!Files.isExecutable(Path.of("/usr/bin/gcc"))) {
            return Optional.empty();
        }
        Path source = folder.resolve("probe.c");
        try (InputStream in = Objects.requireNonNull(Probe.class.getResourceAsStream("probe.c"))) {
            Files.copy(in, source);
        }
        Path program = folder.resolve("probe");
        Launched compiled =
                Launched.by(List.of("gcc"), List.of("-Wall", "-O1", "-o", program.toString(), source.toString()));
        if (compiled.status() != 0) {
            throw new IllegalStateException(compiled.err());
        }
        return Optional.of(program);
    }
}
