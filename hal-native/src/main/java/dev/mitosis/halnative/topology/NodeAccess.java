package dev.mitosis.halnative.topology;

import java.util.BitSet;

/**
 * How fast a node's memory is from the nodes that are nearest to it, as the firmware's HMAT table has it.
 *
 * <p>Units: latencies in nanoseconds, bandwidths in MiB a second; -1 where the firmware does not say.
 *
 * <p>Source: Linux {@code Documentation/admin-guide/mm/numaperf.rst}.
 *
 * @param target the number of the node whose memory it is
 * @param accessClass 0: the nearest initiators of any kind, among them devices; 1: the nearest nodes with processors
 * @param initiators the numbers of those nodes
 */
public record NodeAccess(
        int target,
        int accessClass,
        BitSet initiators,
        long readLatencyNs,
        long writeLatencyNs,
        long readMibPerSecond,
        long writeMibPerSecond) {
    public NodeAccess {
        initiators = (BitSet) initiators.clone();
    }

    @Override
    public BitSet initiators() {
        return (BitSet) initiators.clone();
    }
}
