package dev.mitosis.kernel;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.syscall.Abi;
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

/** The host's kernel behind a small server in C, in a process of its own: the oracle of the differential tests. */
final class HostKernel implements AutoCloseable {
    /** What can be asked of the server, in its own order. */
    enum Request {
        MMAP,
        MMAP_FILE,
        MUNMAP,
        MPROTECT,
        MREMAP,
        MADVISE,
        READ,
        WRITE,
        MINCORE,
        MLOCK,
        MUNLOCK,
        MSYNC,
        BRK,
        FORK,
        EXIT,
        FTRUNCATE,
        RESET,
        START
    }

    private static final int LINES = 96;

    private final Path folder;
    private final Process server;
    private final OutputStream requests;
    private final DataInputStream answers;
    private final long heapVa;
    private final boolean hasZeroPage;

    /** Compiles the server and starts it. */
    HostKernel() throws IOException, InterruptedException {
        folder = Files.createTempDirectory("host-kernel");
        Path source = folder.resolve("host-memory.c");
        Path program = folder.resolve("host-memory");
        try (InputStream in = HostKernel.class.getResourceAsStream("host-memory.c")) {
            if (in == null) {
                throw new IllegalStateException("host-memory.c is not beside the test");
            }
            Files.write(source, in.readAllBytes());
        }
        int status = new ProcessBuilder("cc", "-O1", "-Wall", "-o", program.toString(), source.toString())
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
        heapVa = call(0, Request.START, Window.VA, Window.PAGES, Window.HEAP_PAGES)
                .result();
        hasZeroPage = probeZeroPage();
    }

    /**
     * What a first read maps: the zero page, which a child is not given, or a page of its own, which the child shares. Some hosts' kernels never
     * map the zero page.
     */
    private boolean probeZeroPage() throws IOException {
        call(0, Request.RESET);
        int rights = Abi.PROT_READ | Abi.PROT_WRITE;
        int flags = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED;
        call(0, Request.MMAP, Window.VA, Frames.PAGE_BYTES, rights, flags);
        call(0, Request.READ, Window.VA);
        call(0, Request.FORK);
        Seen child = call(1, Request.MUNLOCK, Window.VA, Frames.PAGE_BYTES);
        call(0, Request.RESET);
        return child.resident() == 0;
    }

    /** Says whether the host's kernel maps the zero page where memory is read first. */
    boolean hasZeroPage() {
        return hasZeroPage;
    }

    /** Says whether there is a C compiler, without which there is no server. */
    static boolean isAvailable() {
        return Files.isExecutable(Path.of("/usr/bin/cc"));
    }

    /** Where the server's heap begins. */
    long heapVa() {
        return heapVa;
    }

    /**
     * Makes a call.
     *
     * @param who 0 for the first process, 1 for its child
     */
    @SuppressWarnings("EnumOrdinal") // The server numbers requests in the same order.
    Seen call(int who, Request what, long... arguments) throws IOException {
        ByteBuffer request = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        request.putLong(who).putLong(what.ordinal());
        for (long argument : arguments) {
            request.putLong(argument);
        }
        requests.write(request.array());
        requests.flush();
        byte[] bytes = new byte[8 * (3 + 3 * LINES)];
        answers.readFully(bytes);
        ByteBuffer answer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long result = answer.getLong();
        long resident = answer.getLong();
        long count = answer.getLong();
        List<Seen.Line> lines = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            lines.add(new Seen.Line(answer.getLong(), answer.getLong(), (int) answer.getLong()));
        }
        return new Seen(result, resident, lines);
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
