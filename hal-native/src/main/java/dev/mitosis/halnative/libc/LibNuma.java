package dev.mitosis.halnative.libc;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.BitSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * libnuma, mapped directly. Nothing here needs it, because it is often not installed; where it is, it has to agree with sysfs.
 *
 * <p>Source: numa(3).
 */
public final class LibNuma implements NumaLibrary {
    private LibNuma() {}

    /** The library, where it is installed. */
    public static Optional<NumaLibrary> find() {
        return find("libnuma.so.1");
    }

    static Optional<NumaLibrary> find(String soname) {
        try {
            Native.register(Calls.class, NativeLibrary.getInstance(soname));
            return Optional.of(new LibNuma());
        } catch (UnsatisfiedLinkError e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean isAvailable() {
        return Calls.numa_available() >= 0;
    }

    @Override
    public int maxNode() {
        return Calls.numa_max_node();
    }

    @Override
    public int maxPossibleNode() {
        return Calls.numa_max_possible_node();
    }

    @Override
    public int distance(int from, int to) {
        return Calls.numa_distance(from, to);
    }

    @Override
    public long sizeBytes(int node) {
        return Calls.numa_node_size64(node, null);
    }

    @Override
    public int nodeOfCpu(int cpu) {
        return Calls.numa_node_of_cpu(cpu);
    }

    @Override
    public int runOnNodes(BitSet nodes) {
        return withMask(nodes, mask -> {
            Calls.numa_run_on_node_mask(mask);
        });
    }

    @Override
    public int bindMemory(BitSet nodes) {
        return withMask(nodes, Calls::numa_set_membind);
    }

    @Override
    public int interleaveMemory(BitSet nodes) {
        return withMask(nodes, Calls::numa_set_interleave_mask);
    }

    @Override
    public int movePages(int pid, long[] pages, int @Nullable [] nodes, int[] status, int flags) {
        try {
            return Calls.numa_move_pages(pid, pages.length, pages, nodes, status, flags);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    @Override
    public int getMempolicy(int @Nullable [] mode, long va, int flags) {
        try {
            return (int) Calls.get_mempolicy(mode, null, 0, va, flags);
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        }
    }

    private interface CallWithMask {
        void call(Pointer mask) throws LastErrorException;
    }

    private static int withMask(BitSet nodes, CallWithMask call) {
        Pointer mask = Calls.numa_bitmask_alloc(Calls.numa_max_possible_node() + 1);
        try {
            nodes.stream().forEach(node -> Calls.numa_bitmask_setbit(mask, node));
            call.call(mask);
            return 0;
        } catch (LastErrorException e) {
            return -e.getErrorCode();
        } finally {
            Calls.numa_bitmask_free(mask);
        }
    }

    private static final class Calls {
        private Calls() {}

        static native int numa_available();

        static native int numa_max_node();

        static native int numa_max_possible_node();

        static native int numa_distance(int from, int to);

        static native long numa_node_size64(int node, long @Nullable [] free);

        static native int numa_node_of_cpu(int cpu);

        static native int numa_run_on_node_mask(Pointer mask) throws LastErrorException;

        static native void numa_set_membind(Pointer mask) throws LastErrorException;

        static native void numa_set_interleave_mask(Pointer mask) throws LastErrorException;

        static native int numa_move_pages(
                int pid, long count, long[] pages, int @Nullable [] nodes, int[] status, int flags)
                throws LastErrorException;

        static native long get_mempolicy(
                int @Nullable [] mode, long @Nullable [] nodes, long maxNode, long va, int flags)
                throws LastErrorException;

        static native Pointer numa_bitmask_alloc(int bits);

        static native Pointer numa_bitmask_setbit(Pointer mask, int bit);

        static native void numa_bitmask_free(Pointer mask);
    }
}
