package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A private folder for one run, deleted when it is closed and when Java ends, also by SIGINT, SIGTERM and SIGHUP.
 *
 * <p>A run that was killed leaves its folder. Each folder holds a file that its run keeps locked, and the kernel gives a lock back
 * with its process. So a later run deletes the folders of this user whose lock it gets.
 */
public final class ScratchFolder implements AutoCloseable {
    private static final String PREFIX = "mitosis-run-";
    private static final String LOCK = "lock";
    /** How long a run may take from making its folder to locking the file in it. */
    private static final Duration MAKING = Duration.ofMinutes(1);

    private final Path path;
    private final FileChannel locked;
    private final Thread atExit;

    private ScratchFolder(Path path, FileChannel locked) {
        this.path = path;
        this.locked = locked;
        atExit = new Thread(() -> delete(path), "scratch-delete");
    }

    /** A new one in the folder for temporary files. */
    public static ScratchFolder create() throws IOException {
        return in(Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** A new one in a folder; what dead runs left there is deleted. */
    public static ScratchFolder in(Path parent) throws IOException {
        deleteAbandoned(parent, Instant.now().minus(MAKING));
        Path made = Files.createTempDirectory(
                parent, PREFIX, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        FileChannel channel =
                FileChannel.open(made.resolve(LOCK), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        channel.lock();
        ScratchFolder folder = new ScratchFolder(made, channel);
        Runtime.getRuntime().addShutdownHook(folder.atExit);
        return folder;
    }

    /** Deletes the folders of dead runs that are older than {@code before}. */
    static void deleteAbandoned(Path parent, Instant before) throws IOException {
        Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path folder : found) {
                if (isAbandoned(folder, self, FileTime.from(before))) {
                    delete(folder);
                }
            }
        }
    }

    private static boolean isAbandoned(Path folder, Object self, FileTime before) {
        try {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    || !Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                            .equals(self)
                    || Files.getLastModifiedTime(folder).compareTo(before) > 0) {
                return false;
            }
            Path lock = folder.resolve(LOCK);
            if (!Files.exists(lock, LinkOption.NOFOLLOW_LINKS)) {
                return true;
            }
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                    FileLock owned = channel.tryLock()) {
                return owned != null;
            }
        } catch (OverlappingFileLockException here) {
            return false;
        } catch (IOException gone) {
            // Another run is deleting it.
            return false;
        }
    }

    public Path path() {
        return path;
    }

    /** Deletes all of it; whatever cannot be deleted now is left to a later run. */
    private static void delete(Path folder) {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(folder)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        } catch (IOException | java.io.UncheckedIOException gone) {
            return;
        }
        for (Path each : all) {
            if (!each.toFile().delete() && Files.exists(each, LinkOption.NOFOLLOW_LINKS)) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException ending) {
            // Java ends already, and deletes it.
            return;
        }
        delete(path);
        locked.close();
    }
}
