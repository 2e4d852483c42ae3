package dev.mitosis.halnative.topology;

import java.util.BitSet;
import java.util.List;

/**
 * What is known of a host beyond its nodes. An empty list says that the kernel does not tell.
 *
 * @param cores in the order of their first processors
 * @param caches by level, then in the order of their first processors
 * @param kinds two or more, or none on a host whose processors are all alike
 * @param accesses by target, then by class
 * @param allowed what a task may use of it
 * @param model what the processors are
 */
public record HostDetails(
        List<HostCore> cores,
        List<CacheUnit> caches,
        List<CpuKind> kinds,
        List<NodeAccess> accesses,
        AllowedSets allowed,
        CpuModel model) {
    public HostDetails {
        cores = List.copyOf(cores);
        caches = List.copyOf(caches);
        kinds = List.copyOf(kinds);
        accesses = List.copyOf(accesses);
    }

    /** Nothing but the sets of what there is, all of it allowed. */
    public static HostDetails none(BitSet cpus, BitSet nodes) {
        return new HostDetails(
                List.of(), List.of(), List.of(), List.of(), AllowedSets.all(cpus, nodes), CpuModel.UNKNOWN);
    }
}
