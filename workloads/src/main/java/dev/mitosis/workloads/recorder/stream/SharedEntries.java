package dev.mitosis.workloads.recorder.stream;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The memory that a recorded process shares with us: slots of entries, which it fills in turn. The layout is in {@code ship.c}.
 *
 * <p>Once mapped, the file has no name any more, so nothing of it stays behind whoever dies.
 */
final class SharedEntries {
    private static final int MAX_SLOTS = 64;
    private static final int MAX_SLOT_BYTES = 16 << 20;
    private static final byte EMPTIED = 'A';

    private static final long VA_MASK = (1L << 48) - 1;
    private static final int FLAGS_SHIFT = 48;
    private static final int COUNT_SHIFT = 50;

    private final SocketChannel channel;
    private final MappedByteBuffer ring;
    private final int slotBytes;
    private final int firstWord;
    private final int firstDistance;
    private final long[] words = new long[AccessBatch.DEFAULT_CAPACITY];

    private SharedEntries(
            SocketChannel channel, MappedByteBuffer ring, int slotBytes, int firstWord, int firstDistance) {
        this.channel = channel;
        this.ring = ring;
        this.slotBytes = slotBytes;
        this.firstWord = firstWord;
        this.firstDistance = firstDistance;
    }

    /** Maps what the record HELLO of a stream names, in a folder of ours. */
    static SharedEntries map(ProcessStream stream, SocketChannel channel, Path folder) throws IOException {
        long slots = stream.number();
        long slotBytes = stream.number();
        long firstWord = stream.number();
        long firstDistance = stream.number();
        Path file = Path.of(stream.text());
        boolean isOurs = folder.equals(file.getParent()) && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
        if (!isOurs
                || slots < 1
                || slots > MAX_SLOTS
                || slotBytes < 1
                || slotBytes > MAX_SLOT_BYTES
                || firstWord < 2 * Long.BYTES
                || firstDistance < firstWord
                || firstDistance >= slotBytes) {
            throw new IOException("the recorder's stream shares no memory that can be used: " + file);
        }
        try (FileChannel shared = FileChannel.open(file, StandardOpenOption.READ)) {
            MappedByteBuffer ring = shared.map(FileChannel.MapMode.READ_ONLY, 0, slots * slotBytes);
            ring.order(ByteOrder.LITTLE_ENDIAN);
            return new SharedEntries(channel, ring, (int) slotBytes, (int) firstWord, (int) firstDistance);
        } finally {
            Files.delete(file);
        }
    }

    /** The number of the process's last system call, which stands before the first slot's entries; {@link LastCall#NONE} before the first. */
    int lastCall() {
        return (int) ring.getLong(0) - 1;
    }

    /** Checks that a slot holds so many entries. */
    void check(long slot, long entries) throws IOException {
        if (slot < 0
                || slot >= ring.capacity() / slotBytes
                || entries < 0
                || entries > (firstDistance - firstWord) / Long.BYTES
                || entries > slotBytes - firstDistance) {
            throw new IOException("the recorder's stream is damaged: " + entries + " entries in slot " + slot);
        }
    }

    /** Unpacks entries of a slot into a batch; the result is the number of accesses that they stand for. */
    long unpack(int slot, int from, int size, AccessBatch batch) {
        int base = slot * slotBytes;
        ring.position(base + firstWord + from * Long.BYTES);
        ring.asLongBuffer().get(words, 0, size);
        ring.get(base + firstDistance + from, batch.distance, 0, size);
        long sum = 0;
        for (int i = 0; i < size; i++) {
            long word = words[i];
            int count = (int) (word >>> COUNT_SHIFT);
            batch.va[i] = word & VA_MASK;
            batch.meta[i] = count << AccessBatch.COUNT_SHIFT | (int) (word >>> FLAGS_SHIFT) & 3;
            sum += count;
        }
        batch.size = size;
        return sum;
    }

    /** Gives the oldest slot back; a process that has ended meanwhile does not want it. */
    void emptied() {
        try {
            channel.write(ByteBuffer.wrap(new byte[] {EMPTIED}));
        } catch (IOException gone) {
            // What it has sent can still be read, to its end.
            assert ring.capacity() > 0;
        }
    }
}
