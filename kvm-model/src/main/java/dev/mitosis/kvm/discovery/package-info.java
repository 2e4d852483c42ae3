/**
 * Which processors share a core, a die or a socket, found from nothing but how long a cache line takes from one to another: what a
 * guest does whose hypervisor tells it nothing (vMitosis' NO-F).
 *
 * <p>{@link dev.mitosis.kvm.discovery.LatencyMatrix} is what was measured; {@link dev.mitosis.kvm.discovery.MatrixCsv} reads one.
 * {@link dev.mitosis.kvm.discovery.GroupDiscovery} answers with {@link dev.mitosis.kvm.discovery.Tier}s, the finest first:
 *
 * <pre>
 *   latencies  →  for every cut: who is near whom  →  groups at that cut  →  partitions that last over many cuts  →  tiers
 *                 (NeighbourGraph)                    (NeighbourGraph)       (GroupDiscovery, WeakSteps)            (TierKind)
 * </pre>
 *
 * <p>{@link dev.mitosis.kvm.discovery.FixedThreshold} is the papers' own rule, for comparison. Nothing here is random or depends on
 * how processors are numbered. May import {@code halsim}, for {@link dev.mitosis.kvm.discovery.SimulatedMatrix} alone.
 */
@NullMarked
package dev.mitosis.kvm.discovery;

import org.jspecify.annotations.NullMarked;
