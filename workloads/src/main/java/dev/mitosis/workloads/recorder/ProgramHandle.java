package dev.mitosis.workloads.recorder;

import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.libc.SpawnCalls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A program's file, held open: its name may be bytes that are no path of Java's, and what it names may not change meanwhile. */
final class ProgramHandle implements AutoCloseable {
    private static final int ENOENT = 2;
    private static final int HEAD_BYTES = 1 << 14;

    private final String name;
    private final int fd;
    private final Path link;

    private ProgramHandle(String name, int fd) {
        this.name = name;
        this.fd = fd;
        link = Path.of("/proc/self/fd", Integer.toString(fd));
    }

    static ProgramHandle open(byte[] path) throws RecorderException {
        String name = ProgramFile.text(path);
        int fd = SpawnCalls.open(path);
        if (fd < 0) {
            throw new RecorderException(
                    fd == -ENOENT ? RecorderException.NOT_FOUND : RecorderException.NOT_EXECUTABLE,
                    name + ": " + new LibcCalls().strerror(-fd).toLowerCase(java.util.Locale.ROOT));
        }
        return new ProgramHandle(name, fd);
    }

    boolean isExecutable() {
        return Files.isRegularFile(link) && Files.isExecutable(link);
    }

    /** The beginning of the file, once it is known to be one that may be executed. */
    ElfHead checkedHead() throws RecorderException {
        if (Files.isDirectory(link)) {
            throw new RecorderException(RecorderException.NOT_EXECUTABLE, name + ": is a directory");
        }
        if (!isExecutable()) {
            throw new RecorderException(RecorderException.NOT_EXECUTABLE, name + ": not executable");
        }
        try (InputStream in = Files.newInputStream(link)) {
            return new ElfHead(in.readNBytes(HEAD_BYTES));
        } catch (IOException e) {
            throw new RecorderException(RecorderException.NOT_EXECUTABLE, name + ": cannot be read");
        }
    }

    @Override
    public void close() {
        SpawnCalls.close(fd);
    }
}
