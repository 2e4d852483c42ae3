package dev.mitosis.workloads.trace;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What the name of an output stands for: the file behind all links, which is replaced whole, or a device, a FIFO or an open
 * descriptor, which is written to as it is. Replacing those by a file would take them away from whoever else uses them.
 *
 * <p>Errors: {@link IOException} for a directory, a socket, a loop of links, and a folder that does not exist.
 *
 * <p>Source: path_resolution(7), inode(7).
 *
 * @param path the file behind the links; there may be none yet
 * @param isWrittenInPlace whether it is no regular file
 */
record OutputTarget(Path path, boolean isWrittenInPlace) {
    /** As many links as Linux follows. */
    private static final int MAX_LINKS = 40;

    private static final int FILE_TYPE = 0xF000;
    private static final int SOCKET = 0xC000;
    /** Links in here name open descriptors, which a path does not lead to. */
    private static final Path DESCRIPTORS = Path.of("/proc");

    static OutputTarget of(Path name) throws IOException {
        Path path = name.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(path); links++) {
            if (links == MAX_LINKS) {
                throw new FileSystemLoopException(name.toString());
            }
            if (realFolder(path).startsWith(DESCRIPTORS)) {
                return inPlace(name, path);
            }
            path = folder(path).resolve(Files.readSymbolicLink(path));
        }
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            realFolder(path);
            return new OutputTarget(path, false);
        }
        BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return found.isRegularFile() && !realFolder(path).startsWith(DESCRIPTORS)
                ? new OutputTarget(path, false)
                : inPlace(name, path);
    }

    private static OutputTarget inPlace(Path name, Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new IOException(name + " is a directory");
        }
        if (((int) Files.getAttribute(path, "unix:mode") & FILE_TYPE) == SOCKET) {
            throw new IOException(name + " is a socket, which cannot be written as a file");
        }
        return new OutputTarget(path, true);
    }

    /** Where a file is put together that then takes the place of this one. */
    Path folder() {
        return folder(path);
    }

    private static Path folder(Path path) {
        Path folder = path.getParent();
        return folder == null ? Path.of("/") : folder;
    }

    private static Path realFolder(Path path) throws IOException {
        Path folder = folder(path);
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        return folder.toRealPath();
    }
}
