package dev.mitosis.halnative.libc;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What is used of libnuma: the boundary to it, which a test replaces.
 *
 * <p>Units: nodes and processors in the kernel's own numbers, sizes in bytes.
 *
 * <p>Errors: what may fail in the kernel returns a negative errno; what libnuma does not know is as each method says.
 *
 * <p>Source: numa(3), get_mempolicy(2).
 */
public interface NumaLibrary {
    /** Whether {@code numa_available} says that the kernel lets it work: it does not where get_mempolicy is blocked or missing. */
    boolean isAvailable();

    int maxNode();

    /** The highest node that the kernel's masks have room for. */
    int maxPossibleNode();

    /** The distance between two nodes, or 0 where it is not known. */
    int distance(int from, int to);

    /** Memory of a node in bytes, or -1. */
    long sizeBytes(int node);

    /** The node of a processor, or a negative number. */
    int nodeOfCpu(int cpu);

    /** Lets the calling thread run on the processors of these nodes alone. */
    int runOnNodes(BitSet nodes);

    /** Binds the memory of the calling thread to these nodes. */
    int bindMemory(BitSet nodes);

    /** Spreads the memory of the calling thread over these nodes; over none: makes it local again. */
    int interleaveMemory(BitSet nodes);

    /** Moves or, without {@code nodes}, only finds the pages of a process; {@code status} gets a node or an errno for each. */
    int movePages(int pid, long[] pages, int @Nullable [] nodes, int[] status, int flags);

    /** The policy of the calling thread, or, by the flags NODE and ADDR, the node of a page, into {@code mode}. */
    int getMempolicy(int @Nullable [] mode, long va, int flags);
}
