package dev.mitosis.kvm.discovery;

/**
 * Whether latencies alone can tell that the groups of the coarsest tier are sockets, or that there are none: dies and core complexes of one
 * package, tiles of a mesh and sockets of one complex each have been measured with the same steps.
 *
 * <p>Source: latencies of the machines in {@code docs/discovery.md}.
 *
 * @param isTold whether the name is more than a guess
 * @param doubt why it is not; empty where it is
 */
public record SocketName(boolean isTold, String doubt) {
    /** What a guess is worth. */
    static final double GUESS = 0.5;

    /** Machines with more sockets than these are not bought by the piece. */
    private static final int MOST_SOCKETS = 8;
    /** Sockets of one or two processors of the next finer tier: as they are of virtual machines, of which few have many. */
    private static final int FEW_UNITS = 2;

    private static final int FEW_SOCKETS = 4;
    /** Cores that share a last-level cache answer faster than those of a mesh: theirs are complexes, which dies hold too. */
    private static final double MOST_COMPLEX_NANOS = 29;

    private static final double LEAST_STEP = 1.5;

    static final SocketName TOLD = new SocketName(true, "");

    private static SocketName guess(String doubt) {
        return new SocketName(false, doubt);
    }

    /** Of groups that are called sockets. */
    static SocketName ofSockets(Partition groups, Partition finer, Tier tier, boolean hasClusters) {
        if (Confidence.evenness(groups) < 1) {
            return guess("its groups have " + groups.smallest() + " to " + groups.largest() + " processors");
        }
        if (groups.groupCount() > MOST_SOCKETS) {
            return guess("there are " + groups.groupCount() + " groups");
        }
        if (groups.groupCount() > FEW_SOCKETS && finer.groupCount() <= FEW_UNITS * groups.groupCount()) {
            return guess("each of its " + groups.groupCount() + " groups has two cores at most");
        }
        if (hasClusters || tier.within() <= MOST_COMPLEX_NANOS) {
            return guess(
                    "core complexes of several dies and of several sockets have been measured with the same steps");
        }
        return TOLD;
    }

    /** Of a machine whose coarsest groups are called clusters, and which is then one socket. */
    static SocketName ofOneSocket(Tier coarsest) {
        boolean isStep = coarsest.across() >= LEAST_STEP * coarsest.within();
        return isStep && coarsest.groupCount() <= FEW_SOCKETS
                ? guess("sockets of one core complex each have been measured with the same steps")
                : TOLD;
    }
}
