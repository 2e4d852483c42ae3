package dev.mitosis.workloads.trace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A file that is written beside its place, and put there whole by {@link #commit}.
 *
 * <p>Closed without that, it is deleted; but one that is {@link #visible} may be kept, and is also there when its writer was killed.
 */
public final class PartialFile implements AutoCloseable {
    private final Path file;
    private final Path temporary;
    private final FileChannel channel;
    private boolean isCommitted;
    private boolean isKept;

    /** One that is written under a private name. */
    public PartialFile(Path file) throws IOException {
        this.file = file;
        Path folder = folder(file);
        temporary = Files.createTempFile(
                folder,
                "." + file.getFileName(),
                ".part",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        temporary.toFile().deleteOnExit();
        channel = FileChannel.open(temporary, StandardOpenOption.WRITE);
    }

    private PartialFile(Path file, Path temporary, FileChannel channel) {
        this.file = file;
        this.temporary = temporary;
        this.channel = channel;
    }

    /** One that is written as {@code FILE.part}; an old one is replaced, unless someone writes it. */
    public static PartialFile visible(Path file) throws IOException {
        folder(file);
        Path part = part(file);
        FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        if (!isLocked(channel)) {
            channel.close();
            throw new IOException(part + " is being written by another recorder");
        }
        channel.truncate(0);
        return new PartialFile(file, part, channel);
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException here) {
            return false;
        }
    }

    /** Where a {@link #visible} file is until it is whole. */
    public static Path part(Path file) {
        return file.resolveSibling(file.getFileName() + ".part");
    }

    private static Path folder(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        return folder == null ? Path.of(".") : folder;
    }

    /** Closing without a commit leaves what is there. */
    public void keep() {
        isKept = true;
    }

    /** Appends all bytes; {@link UncheckedIOException} names the file. */
    public void write(ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(new IOException("cannot write " + file + ": " + e.getMessage(), e));
        }
    }

    public void commit() throws IOException {
        channel.close();
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        isCommitted = true;
    }

    @Override
    public void close() throws IOException {
        if (!isCommitted) {
            channel.close();
            if (!isKept) {
                Files.deleteIfExists(temporary);
            }
        }
    }
}
