package dev.mitosis.halnative.board;

import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A range of memory bound to one node of this host.
 *
 * <p>Errors: an {@link IOException} in one line, with the call and the kernel's reason. Where the kernel has no memory policies (ENOSYS)
 * there is one node, and memory is from it without being bound.
 *
 * <p>Source: mbind(2), madvise(2).
 */
public final class BoundMemory implements AutoCloseable {
    /** The sizes of pages that the kernel is asked for. */
    public enum Pages {
        /** 4 KiB, even where the host would take huge ones. */
        BASE(15),
        /** 2 MiB, where the kernel finds some. */
        HUGE(14);

        private final int advice;

        Pages(int advice) {
            this.advice = advice;
        }
    }

    private static final int BIND = 2;
    private static final int ENOSYS = 38;
    private static final int EINVAL = 22;
    private static final int PAGE_BYTES = 4096;
    private static final long HUGE_BYTES = 2L << 20;

    private final LinuxCalls calls;
    private final long mapped;
    private final long mappedBytes;
    private final long va;
    private final ByteBuffer buffer;

    /** Memory of whatever node: what a host of one node is asked for, because containers filter mbind. */
    public static final int ANY_NODE = -1;

    private static final int EPERM = 1;

    /** The node to ask for, for the one at an index of a host. */
    public static int nodeAt(HostTopology host, int index) {
        return host.nodes().size() == 1 ? ANY_NODE : host.nodes().get(index).number();
    }

    /** The same for all nodes of a host. */
    public static int[] nodesOf(HostTopology host) {
        return IntStream.range(0, host.nodes().size())
                .map(index -> nodeAt(host, index))
                .toArray();
    }

    private BoundMemory(LinuxCalls calls, long mapped, long mappedBytes, long va, int bytes) {
        this.calls = calls;
        this.mapped = mapped;
        this.mappedBytes = mappedBytes;
        this.va = va;
        buffer = calls.view(va, bytes).order(ByteOrder.nativeOrder());
    }

    /**
     * Maps memory and makes all of it present.
     *
     * @param node the kernel's number of the node, or {@link #ANY_NODE}
     */
    public static BoundMemory map(LinuxCalls calls, int bytes, int node, Pages pages) throws IOException {
        long length = bytes + HUGE_BYTES;
        long mapped = calls.mmapPrivate(length);
        if (mapped < 0) {
            throw new IOException("mmap of " + bytes + " bytes: " + calls.strerror((int) -mapped));
        }
        long va = mapped + HUGE_BYTES - 1 & -HUGE_BYTES;
        try {
            bind(calls, va, bytes, node);
            int advised = calls.madvise(va, bytes, pages.advice);
            if (advised < 0 && advised != -EINVAL) { // a kernel without huge pages
                throw new IOException("madvise: " + calls.strerror(-advised));
            }
            calls.touch(va, bytes, PAGE_BYTES);
        } catch (IOException e) {
            calls.munmap(mapped, length);
            throw e;
        }
        return new BoundMemory(calls, mapped, length, va, bytes);
    }

    private static void bind(LinuxCalls calls, long va, int bytes, int node) throws IOException {
        if (node == ANY_NODE) {
            return;
        }
        long[] mask = new long[node / Long.SIZE + 1];
        mask[node / Long.SIZE] = 1L << node;
        int bound = calls.mbind(va, bytes, BIND, mask, (long) mask.length * Long.SIZE + 1, 0);
        if (bound < 0 && bound != -ENOSYS) {
            String filter = bound == -EPERM ? " (containers filter it unless they have CAP_SYS_NICE)" : "";
            throw new IOException("mbind to node " + node + ": " + calls.strerror(-bound) + filter);
        }
    }

    /** The memory, in the byte order of the host; not to be used once this is closed. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Where it begins. */
    public long va() {
        return va;
    }

    /**
     * The nodes that some of its pages are really on, as the kernel says.
     *
     * @return a node or a negative errno for each of up to 64 pages; empty where the kernel does not say
     */
    public List<Integer> nodesOfPages() {
        int count = Math.min(64, buffer.capacity() / PAGE_BYTES);
        long[] pages = new long[count];
        for (int i = 0; i < count; i++) {
            pages[i] = va + (long) buffer.capacity() / PAGE_BYTES / count * i * PAGE_BYTES;
        }
        int[] status = new int[count];
        if (calls.movePages(0, pages, null, status, 0) < 0) {
            return List.of();
        }
        return Arrays.stream(status).boxed().toList();
    }

    @Override
    public void close() {
        calls.munmap(mapped, mappedBytes);
    }
}
