package dev.mitosis.workloads.trace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file that is written beside its place, and put there whole by {@link #commit}.
 *
 * <p>Closed without that, it is deleted; but one that is {@link #visible} may be kept, and is also there when its writer was killed.
 * What the name stands for stays: {@link OutputTarget} follows links, and a device or a FIFO is written to and never replaced.
 *
 * <p>Errors: {@link IOException} with one line for a directory, a socket, and whatever else cannot be written.
 */
public final class PartialFile implements AutoCloseable {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final FileAttribute<?> PRIVATE = PosixFilePermissions.asFileAttribute(OWNER_ONLY);
    /** Of the name, so that the longest that a file system allows still has room for what is added. */
    private static final int SHOWN_CHARACTERS = 40;

    private final Path file;
    /** What {@link #commit} moves; the target itself when it is written in place. */
    private final Path temporary;

    private final Path target;
    private final FileChannel channel;
    private boolean isCommitted;
    private boolean isKept;

    private PartialFile(Path file, Path target, Path temporary, FileChannel channel) {
        this.file = file;
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
    }

    /** One that is written under a private name. */
    public PartialFile(Path file) throws IOException {
        this.file = file;
        OutputTarget found = OutputTarget.of(file);
        target = found.path();
        if (found.isWrittenInPlace()) {
            temporary = target;
            channel = FileChannel.open(target, StandardOpenOption.WRITE);
            return;
        }
        String name = String.valueOf(target.getFileName());
        temporary = Files.createTempFile(
                found.folder(), "." + name.substring(0, Math.min(name.length(), SHOWN_CHARACTERS)), ".part", PRIVATE);
        temporary.toFile().deleteOnExit();
        channel = FileChannel.open(temporary, StandardOpenOption.WRITE);
    }

    /** One that is written as {@code FILE.part}; an old one is replaced, unless someone writes it. */
    public static PartialFile visible(Path file) throws IOException {
        OutputTarget found = OutputTarget.of(file);
        if (found.isWrittenInPlace()) {
            FileChannel channel = FileChannel.open(found.path(), StandardOpenOption.WRITE);
            return new PartialFile(file, found.path(), found.path(), channel);
        }
        Path part = beside(found.path());
        FileChannel channel = openPart(part);
        if (!isLocked(channel)) {
            channel.close();
            throw new IOException(part + " is being written by another recorder");
        }
        channel.truncate(0);
        return new PartialFile(file, found.path(), part, channel);
    }

    /**
     * Opens {@code FILE.part} only where it is a plain file of ours with no other name: whoever can write to the folder could plant a
     * link to a file that only we can write.
     */
    private static FileChannel openPart(Path part) throws IOException {
        Set<StandardOpenOption> create = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        if (!Files.exists(part, LinkOption.NOFOLLOW_LINKS)) {
            return FileChannel.open(part, create, PRIVATE);
        }
        BasicFileAttributes before = Files.readAttributes(part, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        Object names = Files.getAttribute(part, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
        if (!before.isRegularFile() || !names.equals(1)) {
            throw new IOException(part + " is in the way: it is not a plain file with one name");
        }
        FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        BasicFileAttributes after = Files.readAttributes(part, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!after.isRegularFile()
                || before.fileKey() == null
                || !before.fileKey().equals(after.fileKey())) {
            channel.close();
            throw new IOException(part + " changed while it was opened");
        }
        Files.setPosixFilePermissions(part, OWNER_ONLY);
        return channel;
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException here) {
            return false;
        }
    }

    /** Where a {@link #visible} file is until it is whole. */
    public static Path part(Path file) throws IOException {
        return beside(OutputTarget.of(file).path());
    }

    /** A folder on the file system of a file that is to be made, or that for temporary files when it is written in place. */
    public static Path folder(Path file) throws IOException {
        OutputTarget found = OutputTarget.of(file);
        return found.isWrittenInPlace() ? Path.of(System.getProperty("java.io.tmpdir")) : found.folder();
    }

    private static Path beside(Path target) {
        return target.resolveSibling(target.getFileName() + ".part");
    }

    /** Writes a text as a whole file. */
    public static void write(Path file, String text) throws IOException {
        try (PartialFile part = new PartialFile(file)) {
            part.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            part.commit();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Whether what is written is at its place at once, and so can neither be taken back nor be read again. */
    public boolean isWrittenInPlace() {
        return temporary.equals(target);
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

    /** Appends text in UTF-8; to be flushed before {@link #commit}. */
    public Writer writer() {
        return Channels.newWriter(channel, StandardCharsets.UTF_8);
    }

    public void commit() throws IOException {
        channel.close();
        if (!isWrittenInPlace()) {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        isCommitted = true;
    }

    @Override
    public void close() throws IOException {
        if (!isCommitted) {
            channel.close();
            if (!isKept && !isWrittenInPlace()) {
                Files.deleteIfExists(temporary);
            }
        }
    }
}
