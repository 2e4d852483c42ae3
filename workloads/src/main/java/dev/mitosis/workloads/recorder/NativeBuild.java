package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is compiled from C source in the product on first use, and kept for the next.
 *
 * <p>It lives in the {@link BuildCache}, in a folder under the hash of its source. It is put there whole, and built again when it is
 * damaged.
 */
final class NativeBuild {
    /** Compiles what is in {@code sources} into the folder {@code into}. */
    interface Step {
        void build(Path sources, Path into) throws IOException;
    }

    private NativeBuild() {}

    /** The C compiler, or null. */
    static @Nullable Path compiler() {
        Path compiler = ProgramFile.inPath("cc");
        return compiler != null ? compiler : ProgramFile.inPath("gcc");
    }

    /** A file of C source, by its path below this package. */
    static byte[] resource(String name) throws IOException {
        try (InputStream in = NativeBuild.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the program");
            }
            return in.readAllBytes();
        }
    }

    /** The folder with what was built from these files, built now if it is not there. */
    static Path get(String name, Map<String, byte[]> files, String version, Step step) throws IOException {
        Path cache = BuildCache.folder();
        Path folder = cache.resolve(name + "-" + hash(files, version));
        if (BuildCache.isIntact(folder)) {
            return folder;
        }
        Path work = Files.createTempDirectory(cache, "build");
        try {
            Path sources = Files.createDirectory(work.resolve("sources"));
            Path built = Files.createDirectory(work.resolve("built"));
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path to = sources.resolve(file.getKey());
                Files.createDirectories(to.getParent());
                Files.write(to, file.getValue());
            }
            step.build(sources, built);
            BuildCache.seal(built);
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !BuildCache.isIntact(folder)) {
                Files.move(folder, work.resolve("damaged"), StandardCopyOption.ATOMIC_MOVE);
            }
            try {
                Files.move(built, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                // Somebody else has built the same meanwhile.
                if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                    throw e;
                }
            }
            return folder;
        } finally {
            delete(work);
        }
    }

    private static String hash(Map<String, byte[]> files, String version) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            files.values().forEach(digest::update);
            digest.update(version.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Runs a compiler; {@link RecorderException} with the first line that it says when it fails. */
    static void run(Path folder, List<String> command, String what) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new RecorderException(
                        RecorderException.FAILED,
                        what + " does not compile with " + command.get(0) + ": "
                                + said.lines().findFirst().orElse("no message"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RecorderException(RecorderException.FAILED, "interrupted while compiling " + what);
        }
    }

    /** Deletes a folder and what is in it. */
    static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
