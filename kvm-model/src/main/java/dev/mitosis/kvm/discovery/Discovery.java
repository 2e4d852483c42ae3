package dev.mitosis.kvm.discovery;

import java.util.List;
import java.util.Optional;

/**
 * What was found in a matrix.
 *
 * <p>Shape: {@code tiers} from the finest to the coarsest, each nested in the next; empty where the machine is one group.
 */
public final class Discovery {
    private final LatencyMatrix matrix;
    private final List<Tier> tiers;
    private final double topConfidence;
    private final SocketName socketName;

    Discovery(LatencyMatrix matrix, List<Tier> tiers, KernelView kernel) {
        this.matrix = matrix;
        this.tiers = List.copyOf(tiers);
        socketName = name(kernel);
        Partition finest = tiers.isEmpty()
                ? Partition.singles(matrix.size())
                : new Partition(tiers.get(tiers.size() - 1).toArray());
        topConfidence = Confidence.ofOneGroup(matrix, finest);
    }

    private SocketName name(KernelView kernel) {
        if (tiers.isEmpty()) {
            return SocketName.TOLD;
        }
        int last = tiers.size() - 1;
        Tier coarsest = tiers.get(last);
        if (coarsest.kind() == TierKind.SMT) {
            return SocketName.TOLD;
        }
        Partition groups = new Partition(coarsest.toArray());
        if (kernel.arePackages(groups)) {
            return SocketName.TOLD;
        }
        if (coarsest.kind() == TierKind.CLUSTER) {
            return SocketName.ofOneSocket(coarsest);
        }
        Partition finer = last == 0
                ? Partition.singles(matrix.size())
                : new Partition(tiers.get(last - 1).toArray());
        return SocketName.ofSockets(
                groups, finer, coarsest, tier(TierKind.CLUSTER).isPresent());
    }

    /** Whether the number of sockets is more than a guess, and why not. */
    public SocketName socketName() {
        return socketName;
    }

    public LatencyMatrix matrix() {
        return matrix;
    }

    public List<Tier> tiers() {
        return tiers;
    }

    /** The tier of a kind, the coarsest where there are several. */
    public Optional<Tier> tier(TierKind kind) {
        return tiers.stream().filter(tier -> tier.kind() == kind).reduce((finer, coarser) -> coarser);
    }

    /** The socket of each processor, numbered by their first processors; all 0 on a machine of one socket. */
    public int[] sockets() {
        return tier(TierKind.SOCKET).map(Tier::toArray).orElseGet(() -> new int[matrix.size()]);
    }

    public int socketCount() {
        return tier(TierKind.SOCKET).map(Tier::groupCount).orElse(1);
    }

    /** How far {@link #sockets()} can be believed: see {@link Confidence}; half of that where the name is a guess. */
    public double socketConfidence() {
        double ofGroups = tier(TierKind.SOCKET).map(Tier::confidence).orElse(topConfidence);
        return socketName.isTold() ? ofGroups : ofGroups * SocketName.GUESS;
    }
}
