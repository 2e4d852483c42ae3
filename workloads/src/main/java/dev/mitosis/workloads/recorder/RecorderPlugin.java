package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The plugin as a shared library, compiled from the source in the product on first use and kept for the next.
 *
 * <p>It lives in {@code $XDG_CACHE_HOME/mitosis} or {@code ~/.cache/mitosis}, in a folder that only the user can read, under
 * the hash of its source. It is put there whole.
 */
final class RecorderPlugin {
    private static final String SOURCE = "recorder.c";

    private RecorderPlugin() {}

    /** The library's path. */
    static Path library() throws IOException {
        byte[] source;
        try (InputStream in = RecorderPlugin.class.getResourceAsStream(SOURCE)) {
            if (in == null) {
                throw new IllegalStateException(SOURCE + " is not in the program");
            }
            source = in.readAllBytes();
        }
        Path folder = folder();
        Path library = folder.resolve("recorder-" + hash(source) + ".so");
        if (!Files.exists(library)) {
            compile(source, folder, library);
        }
        return library;
    }

    private static Path folder() throws IOException {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path base = cache != null && cache.startsWith("/")
                ? Path.of(cache)
                : Path.of(System.getProperty("user.home"), ".cache");
        try {
            Files.createDirectories(base);
            Path folder = base.resolve("mitosis");
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            return folder;
        } catch (IOException e) {
            // A home that cannot be written: build for this run alone.
            return Files.createTempDirectory("mitosis-plugin");
        }
    }

    private static String hash(byte[] source) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(source);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void compile(byte[] source, Path folder, Path library) throws IOException {
        Path compiler = ProgramFile.inPath("cc");
        if (compiler == null) {
            compiler = ProgramFile.inPath("gcc");
        }
        if (compiler == null) {
            throw new RecorderException(
                    RecorderException.FAILED,
                    "the recorder's plugin must be compiled once, and there is no C compiler: apt-get install gcc libc6-dev");
        }
        Path text = Files.createTempFile(folder, "recorder", ".c");
        Path built = Files.createTempFile(folder, "recorder", ".so");
        try {
            Files.write(text, source);
            Process process = new ProcessBuilder(
                            compiler.toString(),
                            "-O2",
                            "-fPIC",
                            "-shared",
                            "-fvisibility=hidden",
                            "-pthread",
                            "-o",
                            built.toString(),
                            text.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new RecorderException(
                        RecorderException.FAILED,
                        "the recorder's plugin does not compile with " + compiler + ": "
                                + said.lines().findFirst().orElse("no message"));
            }
            Files.move(built, library, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RecorderException(RecorderException.FAILED, "interrupted while compiling the recorder's plugin");
        } finally {
            Files.deleteIfExists(text);
            Files.deleteIfExists(built);
        }
    }
}
