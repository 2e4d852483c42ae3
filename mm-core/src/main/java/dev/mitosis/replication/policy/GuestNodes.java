package dev.mitosis.replication.policy;

import dev.mitosis.hal.Topology;
import dev.mitosis.replication.ExtendedTree;

/** The nodes of a host behind the nodes of a guest. */
final class GuestNodes {
    private GuestNodes() {}

    /** The host's nodes behind a mask of guest nodes; all of them where the host leaves a node's memory to first touch. */
    static long onHost(long guestMask, Topology guest, ExtendedTree extended) {
        long mask = 0;
        for (long rest = guestMask & guest.allNodes(); rest != 0; rest &= rest - 1) {
            int node = extended.hostNode(Long.numberOfTrailingZeros(rest));
            if (node < 0) {
                return extended.allNodes();
            }
            mask |= 1L << node;
        }
        return (guestMask & guest.allNodes()) == guest.allNodes() ? extended.allNodes() : mask;
    }
}
