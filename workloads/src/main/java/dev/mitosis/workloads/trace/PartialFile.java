package dev.mitosis.workloads.trace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A file that is written beside its place under a private name, and put there whole by {@link #commit}; closed without that, it is
 * deleted.
 */
public final class PartialFile implements AutoCloseable {
    private final Path file;
    private final Path temporary;
    private final FileChannel channel;
    private boolean isCommitted;

    public PartialFile(Path file) throws IOException {
        this.file = file;
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        temporary = Files.createTempFile(
                folder == null ? Path.of(".") : folder,
                "." + file.getFileName(),
                ".part",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        temporary.toFile().deleteOnExit();
        channel = FileChannel.open(temporary, StandardOpenOption.WRITE);
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
            Files.deleteIfExists(temporary);
        }
    }
}
