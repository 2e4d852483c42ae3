package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/**
 * Where what was compiled for the recorder is kept: {@code $XDG_CACHE_HOME/mitosis} or {@code ~/.cache/mitosis}, a folder that only
 * the user can read and write.
 *
 * <p>Shape: each file {@code NAME} has a {@code NAME.sha256} beside it, made after it. A file that does not match its own is
 * damaged, or was not finished, and counts as absent.
 *
 * <p>Errors: {@link RecorderException} for a folder that is somebody else's: what lies in it would be run.
 */
final class BuildCache {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?> PRIVATE = PosixFilePermissions.asFileAttribute(OWNER_ONLY);

    private final Path folder;

    private BuildCache(Path folder) {
        this.folder = folder;
    }

    /** The user's; where it cannot be written, one for this run alone in the scratch folder. */
    static BuildCache open(ScratchFolder scratch) throws IOException {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path base = cache != null && cache.startsWith("/")
                ? Path.of(cache)
                : Path.of(System.getProperty("user.home"), ".cache");
        return open(base, scratch);
    }

    static BuildCache open(Path base, ScratchFolder scratch) throws IOException {
        Path folder = base.resolve("mitosis");
        try {
            Files.createDirectories(base);
            if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(folder, PRIVATE);
            }
        } catch (IOException e) {
            return new BuildCache(scratch.path());
        }
        if (!isOurs(folder)) {
            throw new RecorderException(
                    RecorderException.FAILED,
                    folder + " is not a folder of this user, so nothing in it is run; XDG_CACHE_HOME can name another");
        }
        if (!Files.isWritable(folder)) {
            return new BuildCache(scratch.path());
        }
        Files.setPosixFilePermissions(folder, OWNER_ONLY);
        return new BuildCache(folder);
    }

    private static boolean isOurs(Path folder) throws IOException {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                        .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    /** Where a file of this name is, or will be. */
    Path file(String name) {
        return folder.resolve(name);
    }

    /** A new folder to build in, on the file system of the cache. */
    Path work() throws IOException {
        return Files.createTempDirectory(folder, "build", PRIVATE);
    }

    /** Whether a file is there as it was put there. */
    boolean isIntact(Path file) throws IOException {
        Path sum = sum(file);
        return Files.isRegularFile(file)
                && Files.isRegularFile(sum)
                && Files.readString(sum, StandardCharsets.US_ASCII).strip().equals(hash(file));
    }

    /** Moves what was built to its place. */
    void put(Path built, Path file) throws IOException {
        String hash = hash(built);
        Files.deleteIfExists(sum(file));
        Files.move(built, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path sum = Files.createTempFile(folder, "sum", ".part");
        Files.writeString(sum, hash, StandardCharsets.US_ASCII);
        Files.move(sum, sum(file), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Path sum(Path file) {
        return file.resolveSibling(file.getFileName() + ".sha256");
    }

    private static String hash(Path file) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                in.transferTo(java.io.OutputStream.nullOutputStream());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
