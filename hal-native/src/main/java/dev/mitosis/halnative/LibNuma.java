package dev.mitosis.halnative;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.util.Optional;

/**
 * The part of libnuma that a topology can be checked against. Nothing here needs it: it is often not installed.
 *
 * <p>Source: numa(3).
 */
public final class LibNuma {
    private LibNuma() {}

    /** The library, where it is installed and the kernel lets it work. */
    public static Optional<LibNuma> find() {
        return find("libnuma.so.1");
    }

    static Optional<LibNuma> find(String soname) {
        try {
            NativeLibrary library = NativeLibrary.getInstance(soname);
            Native.register(Calls.class, library);
        } catch (UnsatisfiedLinkError e) {
            return Optional.empty();
        }
        return Calls.numa_available() < 0 ? Optional.empty() : Optional.of(new LibNuma());
    }

    public int maxNode() {
        return Calls.numa_max_node();
    }

    public int distance(int from, int to) {
        return Calls.numa_distance(from, to);
    }

    /** Memory of a node in bytes, or -1. */
    public long sizeBytes(int node) {
        return Calls.numa_node_size64(node, null);
    }

    /** The node of a processor, or -1. */
    public int nodeOfCpu(int cpu) {
        return Calls.numa_node_of_cpu(cpu);
    }

    private static final class Calls {
        private Calls() {}

        static native int numa_available();

        static native int numa_max_node();

        static native int numa_distance(int from, int to);

        static native long numa_node_size64(int node, long @org.jspecify.annotations.Nullable [] free);

        static native int numa_node_of_cpu(int cpu);
    }
}
