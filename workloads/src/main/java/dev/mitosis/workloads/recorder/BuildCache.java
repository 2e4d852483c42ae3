package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where what was compiled for the recorder is kept: {@code $XDG_CACHE_HOME/mitosis} or {@code ~/.cache/mitosis}, a folder that only
 * the user can read and write.
 *
 * <p>Shape: one folder for each build, with the file {@code sealed}, which holds a checksum of all others. A folder that does not match
 * its own is damaged and counts as absent.
 *
 * <p>Errors: {@link RecorderException} for a folder that is somebody else's: what lies in it would be run.
 */
final class BuildCache {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?> PRIVATE = PosixFilePermissions.asFileAttribute(OWNER_ONLY);
    private static final String SEAL = "sealed";

    /** For a cache that cannot be written; it is there as long as this Java. */
    private static final class ThisRunAlone {
        private static final Path FOLDER = make();

        private ThisRunAlone() {}

        private static Path make() {
            try {
                return ScratchFolder.create().path();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    private BuildCache() {}

    /** The user's; where it cannot be written, one for this run alone. */
    static Path folder() throws IOException {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path base = cache != null && cache.startsWith("/")
                ? Path.of(cache)
                : Path.of(System.getProperty("user.home"), ".cache");
        return folder(base);
    }

    static Path folder(Path base) throws IOException {
        Path folder = base.resolve("mitosis");
        try {
            Files.createDirectories(base);
            if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(folder, PRIVATE);
            }
        } catch (IOException e) {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                return ThisRunAlone.FOLDER;
            }
        }
        if (!isOurs(folder)) {
            throw new RecorderException(
                    RecorderException.FAILED,
                    folder + " is not a folder of this user, so nothing in it is run; XDG_CACHE_HOME can name another");
        }
        if (!Files.isWritable(folder)) {
            return ThisRunAlone.FOLDER;
        }
        Files.setPosixFilePermissions(folder, OWNER_ONLY);
        return folder;
    }

    private static boolean isOurs(Path folder) throws IOException {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                        .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    /** Whether a build is there as it was put there. */
    static boolean isIntact(Path build) throws IOException {
        Path seal = build.resolve(SEAL);
        return Files.isDirectory(build, LinkOption.NOFOLLOW_LINKS)
                && Files.isRegularFile(seal, LinkOption.NOFOLLOW_LINKS)
                && Files.readString(seal, StandardCharsets.ISO_8859_1).equals(checksum(build));
    }

    /** Makes a build one that is intact. */
    static void seal(Path build) throws IOException {
        Files.writeString(build.resolve(SEAL), checksum(build), StandardCharsets.ISO_8859_1);
    }

    /** Of the names and contents of all regular files. */
    private static String checksum(Path build) throws IOException {
        try (Stream<Path> walk = Files.walk(build)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            List<Path> files = walk.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .filter(file -> !file.equals(build.resolve(SEAL)))
                    .sorted()
                    .toList();
            for (Path file : files) {
                digest.update(build.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
