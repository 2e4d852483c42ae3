package dev.mitosis.mm;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The host's kernel behind a small server in C, in a process of its own: the oracle of the differential test. */
final class HostMemory implements AutoCloseable {
    static final int MMAP = 0;
    static final int MUNMAP = 1;
    static final int MPROTECT = 2;
    static final int MREMAP = 3;
    static final int MADVISE = 4;
    static final int READ = 5;
    static final int WRITE = 6;
    static final int MINCORE = 7;
    private static final int MAPS = 8;
    static final int MLOCK = 9;
    static final int MUNLOCK = 10;
    static final int MSYNC = 11;

    private final Path folder;
    private final Process server;
    private final OutputStream requests;
    private final DataInputStream answers;

    HostMemory() throws IOException, InterruptedException {
        folder = Files.createTempDirectory("host-memory");
        Path source = folder.resolve("host-memory.c");
        Path program = folder.resolve("host-memory");
        try (InputStream in = HostMemory.class.getResourceAsStream("host-memory.c")) {
            if (in == null) {
                throw new IllegalStateException("host-memory.c is not beside the test");
            }
            Files.write(source, in.readAllBytes());
        }
        int status = new ProcessBuilder("cc", "-O1", "-o", program.toString(), source.toString())
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("host-memory.c does not compile");
        }
        server = new ProcessBuilder(program.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        requests = server.getOutputStream();
        answers = new DataInputStream(server.getInputStream());
    }

    /** Makes a call: its result, or a negative errno; for an access 0, or the signal. */
    long call(int number, long... arguments) throws IOException {
        ByteBuffer request = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        request.putLong(number);
        for (long argument : arguments) {
            request.putLong(argument);
        }
        requests.write(request.array());
        requests.flush();
        return answer();
    }

    /** The lines of the maps in a range: start, end, protection. */
    List<long[]> maps(long startVa, long endVa) throws IOException {
        call(MAPS, startVa, endVa);
        List<long[]> lines = new ArrayList<>();
        long count = answer();
        for (long i = 0; i < count; i++) {
            lines.add(new long[] {answer(), answer(), answer()});
        }
        return lines;
    }

    private long answer() throws IOException {
        return Long.reverseBytes(answers.readLong());
    }

    @Override
    public void close() throws IOException {
        server.destroy();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }
}
