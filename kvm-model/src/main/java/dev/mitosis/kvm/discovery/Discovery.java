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

    Discovery(LatencyMatrix matrix, List<Tier> tiers) {
        this.matrix = matrix;
        this.tiers = List.copyOf(tiers);
        Partition finest = tiers.isEmpty()
                ? Partition.singles(matrix.size())
                : new Partition(tiers.get(tiers.size() - 1).toArray());
        topConfidence = Confidence.ofOneGroup(matrix, finest);
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

    /** How far {@link #sockets()} can be believed: see {@link Confidence}. */
    public double socketConfidence() {
        return tier(TierKind.SOCKET).map(Tier::confidence).orElse(topConfidence);
    }
}
