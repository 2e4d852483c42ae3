package dev.mitosis.lab.api;

import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.util.List;

/**
 * A way to place page tables.
 *
 * <p>Errors: {@link IllegalArgumentException} for a name that does not exist, with those that do.
 */
@Stable
public final class Policy {
    private final PlacementPolicy policy;

    private Policy(PlacementPolicy policy) {
        this.policy = policy;
    }

    /** The policy of a name, such as {@code mitosis}. */
    public static Policy named(String name) {
        return new Policy(PolicyRegistry.find(name));
    }

    /** All that come with the product, in the order of reports. */
    public static List<Policy> all() {
        return PolicyRegistry.policies().stream().map(Policy::new).toList();
    }

    /** Those that are no variant of another: what a comparison takes when nobody chooses. */
    public static List<Policy> compared() {
        return PolicyRegistry.compared().stream().map(Policy::new).toList();
    }

    /**
     * A policy of your own. The interface that it implements is an extension point, not a stable type: it can gain methods with a minor
     * version.
     */
    public static Policy of(PlacementPolicy own) {
        return new Policy(own);
    }

    public String name() {
        return policy.name();
    }

    /** One line for people. */
    public String description() {
        return policy.description();
    }

    PlacementPolicy placement() {
        return policy;
    }

    @Override
    public String toString() {
        return name();
    }
}
