package dev.mitosis.replication;

import dev.mitosis.mm.TlbSettings;
import dev.mitosis.mm.TlbSettings.Backend;
import dev.mitosis.replication.mechanism.ReplicaAllocFailure;
import dev.mitosis.replication.mechanism.UpdateMode;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;

/** Random scripts, and the machines that they run on. */
abstract class ReplicaConsistencyScripts {
    @Provide
    Arbitrary<Setting> settings() {
        return Combinators.combine(
                        Arbitraries.of(1, 2, 4, 8, 16),
                        Arbitraries.of(4, 5),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.of(0L, 512L),
                        tlbs(),
                        Arbitraries.of(UpdateMode.values()),
                        Arbitraries.of(ReplicaAllocFailure.values()))
                .as(Setting::new);
    }

    /** All but the backend under which an unmapped range may be read for a while, which the naive model has not. */
    @Provide
    Arbitrary<TlbSettings> tlbs() {
        Arbitrary<Boolean> flag = Arbitraries.of(true, false);
        return Combinators.combine(
                        flag, flag, flag, Arbitraries.of(Backend.class).filter(backend -> backend != Backend.DEFERRED))
                .as(TlbSettings::new);
    }

    @Provide
    Arbitrary<String> policies() {
        return Arbitraries.of(
                PolicyRegistry.policies().stream().map(policy -> policy.name()).toList());
    }

    @Provide
    Arbitrary<List<Step>> scripts() {
        Arbitrary<Step> steps = Combinators.combine(
                        Arbitraries.of(Step.Kind.WEIGHTED),
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.of(Step.PLACES),
                        Arbitraries.of(Step.LENGTHS),
                        Arbitraries.integers().between(0, 11))
                .as(Step::new);
        return steps.list().ofMinSize(1).ofMaxSize(80);
    }
}
