package dev.mitosis.workloads.recorder.stream;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The records of one connection, read one after the other. The layout is in {@code recorder.c} and {@code ship.c}. */
public final class ProcessStream {
    static final int HELLO = 1;
    static final int MAPPING = 2;
    static final int THREAD = 3;
    static final int ACCESSES = 4;
    static final int CALL = 5;
    static final int FORK = 6;
    static final int EXEC = 7;
    static final int UNSEEN = 8;
    static final int GONE = 9;
    static final int EXIT = 10;
    static final int FOLDED = 11;

    private static final int HEADER_BYTES = 16;
    private static final int MAX_PAYLOAD_BYTES = 1 << 20;

    private final SocketChannel channel;
    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(2 * MAX_PAYLOAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private int kind;
    private int thread;
    private int end;

    public ProcessStream(SocketChannel channel) {
        this.channel = channel;
        buffer.limit(0);
    }

    /** Goes to the next record; false at the end of the connection, also in the middle of a record: its process was killed. */
    boolean next() throws IOException {
        buffer.position(end);
        if (!fill(HEADER_BYTES)) {
            return false;
        }
        kind = buffer.getInt();
        thread = buffer.getInt();
        long bytes = buffer.getLong();
        if (bytes < 0 || bytes > MAX_PAYLOAD_BYTES) {
            throw new IOException("the recorder's stream is damaged: a record of " + bytes + " bytes");
        }
        if (!fill((int) bytes)) {
            return false;
        }
        end = buffer.position() + (int) bytes;
        return true;
    }

    private boolean fill(int bytes) throws IOException {
        if (buffer.remaining() >= bytes) {
            return true;
        }
        buffer.compact();
        end = 0;
        while (buffer.position() < bytes) {
            if (readMore() < 0) {
                buffer.flip();
                return false;
            }
        }
        buffer.flip();
        return true;
    }

    /** A reset is an end: a process was killed, or we hung up. */
    private int readMore() throws IOException {
        try {
            return channel.read(buffer);
        } catch (SocketException reset) {
            return -1;
        } catch (IOException e) {
            if ("Connection reset by peer".equals(e.getMessage())) {
                return -1;
            }
            throw e;
        }
    }

    SocketChannel channel() {
        return channel;
    }

    int kind() {
        return kind;
    }

    int thread() {
        return thread;
    }

    long number() {
        return buffer.getLong();
    }

    /** The first number of a record that has not been looked at. */
    long firstNumber() {
        return buffer.getLong(buffer.position());
    }

    int numbersLeft() {
        return (end - buffer.position()) / Long.BYTES;
    }

    /** The rest of the record as text. */
    String text() {
        byte[] bytes = new byte[end - buffer.position()];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Copies numbers of the record. */
    void numbers(long[] to, int count) {
        buffer.asLongBuffer().get(to, 0, count);
        buffer.position(buffer.position() + count * Long.BYTES);
    }
}
