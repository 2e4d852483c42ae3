package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The memory policy of the calling task, and what this kernel knows of such policies. Source: set_mempolicy(2).
 *
 * @param nodeBits the size of the kernel's masks of nodes
 */
record TaskMempolicy(LinuxCalls calls, int nodeBits) {
    private static final int ENOSYS = 38;

    /** Without NUMA in the kernel the call does not exist. Where it is only forbidden, each use fails with its own message. */
    boolean isAvailable() {
        return calls.getMempolicy(null, null, 0, 0, 0) != -ENOSYS;
    }

    /** Whether several nodes can be preferred, as since Linux 5.15; only trying tells. */
    boolean canPreferMany() {
        int[] mode = new int[1];
        long[] nodes = new long[(nodeBits + 63) / 64];
        if (calls.getMempolicy(mode, nodes, nodeBits + 1L, 0, 0) < 0) {
            return false;
        }
        BitSet first = new BitSet();
        first.set(0);
        if (set(Policy.PREFERRED_MANY, first) < 0) {
            return false;
        }
        calls.setMempolicy(mode[0], nodes, nodeBits + 1L);
        return true;
    }

    /** Returns a negative errno if that failed. */
    int set(int mode, @Nullable BitSet nodes) {
        if (nodes == null) {
            return calls.setMempolicy(mode, null, 0);
        }
        return calls.setMempolicy(mode, Bitmasks.words(nodes, nodeBits), nodeBits + 1L);
    }
}
