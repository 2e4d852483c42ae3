package dev.mitosis.replication.policy;

import java.util.List;
import java.util.stream.Collectors;

/** The placement policies that there are, in the order of reports: one line each. */
public final class PolicyRegistry {
    private PolicyRegistry() {}

    public static List<PlacementPolicy> policies() {
        return List.of(
                new FirstTouch(),
                new Mitosis(),
                new Mitosis(Mitosis.Variant.BATCHED),
                new Mitosis(Mitosis.Variant.LAZY),
                new Mitosis(Mitosis.Variant.LINUX_4_17),
                new Migrate(),
                new VMitosis(),
                new PerSocket(),
                new NumaPte(),
                new Hydra(),
                new Wasp(),
                new LocalReserve(),
                new Radiant(),
                new Interleave());
    }

    /** Those that a comparison takes when nobody chooses. */
    public static List<PlacementPolicy> compared() {
        return policies().stream().filter(policy -> !policy.isVariant()).toList();
    }

    /** The names, separated by commas. */
    public static String names() {
        return policies().stream().map(PlacementPolicy::name).collect(Collectors.joining(", "));
    }

    /** The names of those that {@link PlacementPolicy#onNodes} restricts, separated by commas. */
    public static String namesThatChooseNodes() {
        return policies().stream()
                .filter(PlacementPolicy::choosesNodes)
                .map(PlacementPolicy::name)
                .collect(Collectors.joining(", "));
    }

    /** The policy of a name; {@link IllegalArgumentException} names those that there are. */
    public static PlacementPolicy find(String name) {
        return policies().stream()
                .filter(policy -> policy.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown policy '" + name + "'; there are " + names()));
    }
}
