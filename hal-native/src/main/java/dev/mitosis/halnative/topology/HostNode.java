package dev.mitosis.halnative.topology;

import java.util.BitSet;

/**
 * A node as the kernel describes it.
 *
 * @param number the kernel's number of it
 * @param cpus the processors in the node's map; some kernels list offline ones there too
 * @param sizeBytes its memory, or -1 where the kernel does not say
 * @param freeBytes what of it is free, or -1 where the kernel does not say
 */
public record HostNode(int number, BitSet cpus, long sizeBytes, long freeBytes) {
    public HostNode {
        cpus = (BitSet) cpus.clone();
    }

    @Override
    public BitSet cpus() {
        return (BitSet) cpus.clone();
    }
}
