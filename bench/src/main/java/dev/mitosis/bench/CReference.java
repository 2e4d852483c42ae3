package dev.mitosis.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A program of this package's resources, compiled with gcc into a private folder that goes with it. */
final class CReference implements AutoCloseable {
    private final Path folder;
    private final Path program;

    /** One that runs on this host: {@code -O3 -march=native}. */
    CReference(String name) throws IOException, InterruptedException {
        this(name, "-O3", "-march=native");
    }

    CReference(String name, String... options) throws IOException, InterruptedException {
        folder = Files.createTempDirectory("mitosis-bench");
        Path source = folder.resolve(name + ".c");
        program = folder.resolve(name);
        try (InputStream text = CReference.class.getResourceAsStream(name + ".c")) {
            if (text == null) {
                throw new IOException("no resource " + name + ".c");
            }
            Files.copy(text, source);
        }
        List<String> command = new ArrayList<>(List.of("gcc", "-o", program.toString(), source.toString()));
        command.addAll(List.of(options));
        Process compiler = new ProcessBuilder(command).inheritIO().start();
        if (compiler.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed");
        }
    }

    Path program() {
        return program;
    }

    /** A file beside the program, which goes with it. */
    Path file(String name) {
        return folder.resolve(name);
    }

    /** Runs the program, and returns the numbers that it prints. */
    long[] run(String... arguments) throws IOException, InterruptedException {
        List<String> command = Stream.concat(Stream.of(program.toString()), Arrays.stream(arguments))
                .toList();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim();
        int exit = process.waitFor();
        if (exit != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + exit);
        }
        return Arrays.stream(line.split(" ")).mapToLong(Long::parseLong).toArray();
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
