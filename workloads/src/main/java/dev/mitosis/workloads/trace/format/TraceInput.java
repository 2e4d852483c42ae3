package dev.mitosis.workloads.trace.format;

import dev.mitosis.workloads.trace.TraceException;
import java.io.BufferedInputStream;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * A trace file open for reading: its bytes, decompressed when its content is gzip's or xz's, and a look at the first of them.
 *
 * <p>The file is opened once, so that a pipe will do. Memory: what the decompressor's window needs, at most
 * {@value #XZ_LIMIT_KIB} KiB.
 *
 * <p>Errors: {@link TraceException} with the byte of the file for compressed data that is damaged or cut short.
 */
public final class TraceInput extends InputStream {
    /** The first bytes that formats are recognised by. */
    static final int HEAD_BYTES = 16 << 10;

    private static final int BUFFER_BYTES = 64 << 10;
    /** A file made with {@code xz -9} needs 65 MiB. */
    private static final int XZ_LIMIT_KIB = 128 << 10;

    private final Path file;
    private final long sizeBytes;
    private final Counted raw;
    private final boolean isCompressed;
    private final InputStream bytes;
    private final byte[] head;
    private int headPosition;

    /** Counts what the decompressor has taken from the file. */
    private static final class Counted extends FilterInputStream {
        private long position;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int next = super.read();
            position += next < 0 ? 0 : 1;
            return next;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int got = super.read(into, offset, length);
            position += Math.max(0, got);
            return got;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    private TraceInput(Path file, InputStream opened) throws IOException {
        this.file = file;
        sizeBytes = Files.size(file);
        BufferedInputStream buffered = new BufferedInputStream(opened, BUFFER_BYTES);
        buffered.mark(8);
        byte[] magic = buffered.readNBytes(6);
        buffered.reset();
        raw = new Counted(buffered);
        boolean isGzip = magic.length > 1 && magic[0] == 0x1f && magic[1] == (byte) 0x8b;
        boolean isXz = magic.length > 5 && magic[0] == (byte) 0xfd && magic[1] == '7' && magic[2] == 'z';
        isCompressed = isGzip || isXz;
        try {
            bytes = isGzip ? gunzip(raw) : isXz ? unxz(raw) : raw;
        } catch (IOException e) {
            throw damaged(e);
        }
        byte[] first = new byte[HEAD_BYTES];
        int length = 0;
        for (int got = 0; length < first.length && got >= 0; length += Math.max(0, got)) {
            got = readRest(first, length, first.length - length);
        }
        head = Arrays.copyOf(first, length);
        if (length == 0) {
            throw new TraceException(file, 0, "the trace is empty");
        }
    }

    private static InputStream gunzip(InputStream from) throws IOException {
        return GzipCompressorInputStream.builder()
                .setInputStream(from)
                .setDecompressConcatenated(true)
                .get();
    }

    private static InputStream unxz(InputStream from) throws IOException {
        return XZCompressorInputStream.builder()
                .setInputStream(from)
                .setDecompressConcatenated(true)
                .setMemoryLimitKiB(XZ_LIMIT_KIB)
                .get();
    }

    public static TraceInput open(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + ": is a directory, not a trace");
        }
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (!Files.isReadable(file)) {
            throw new AccessDeniedException(file.toString());
        }
        // The stream of java.nio.file would seek, and a pipe cannot.
        InputStream opened = new FileInputStream(file.toFile());
        try {
            return new TraceInput(file, opened);
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    public Path file() {
        return file;
    }

    /** The size of the file as it lies on the disk; 0 for a pipe. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** How many bytes of the file have been read: for progress. */
    public long filePosition() {
        return raw.position;
    }

    public boolean isCompressed() {
        return isCompressed;
    }

    /** The first bytes, decompressed; fewer than {@value #HEAD_BYTES} only when there are no more. */
    byte[] head() {
        return head;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (headPosition < head.length) {
            int got = Math.min(length, head.length - headPosition);
            System.arraycopy(head, headPosition, into, offset, got);
            headPosition += got;
            return got;
        }
        return readRest(into, offset, length);
    }

    private int readRest(byte[] into, int offset, int length) throws IOException {
        try {
            return bytes.read(into, offset, length);
        } catch (IOException e) {
            throw damaged(e);
        }
    }

    private IOException damaged(IOException e) {
        return isCompressed
                ? new TraceException(file, raw.position, "the compressed data cannot be read: " + e.getMessage())
                : e;
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
