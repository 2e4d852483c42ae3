package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.fail;

import dev.mitosis.mm.TlbSettings;
import dev.mitosis.mm.TlbSettings.Backend;
import dev.mitosis.replication.mechanism.ReplicaAllocFailure;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.testing.Shrinker;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The long run of random scripts, on all machines and under all policies: {@code ./mitosis check --scripts}. */
class ScriptCampaign {
    private static final long STEPS = Long.getLong("mitosis.check.ops", 1_000_000);
    private static final long SEED = Long.getLong("mitosis.check.seed", 1);
    private static final int SCRIPT_STEPS = 150;
    private static final long PROGRESS_STEPS = 100_000;

    @Test
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void everythingHolds() {
        long steps = 0;
        for (long number = 0; steps < STEPS; number++, steps += SCRIPT_STEPS) {
            Random random = new Random(SEED * 1_000_003 + number);
            Setting setting = Setting.of(
                            1 << random.nextInt(5),
                            4 + random.nextInt(2),
                            random.nextBoolean(),
                            random.nextInt(4) > 0,
                            random.nextInt(2) * 512L)
                    .with(new TlbSettings(
                            random.nextBoolean(),
                            random.nextBoolean(),
                            random.nextBoolean(),
                            List.of(Backend.IPI, Backend.UNFILTERED, Backend.BROADCAST, Backend.RAR)
                                    .get(random.nextInt(4))))
                    .with(List.of(ReplicaAllocFailure.values()).get(random.nextInt(3)));
            PlacementPolicy policy = PolicyRegistry.policies()
                    .get(random.nextInt(PolicyRegistry.policies().size()));
            List<Step> all = Step.script(random, SCRIPT_STEPS);
            if (failure(setting, policy, all) != null) {
                List<Step> shortest = Shrinker.shrink(all, script -> failure(setting, policy, script) != null);
                fail(setting + ", policy " + policy.name() + ", " + shortest, failure(setting, policy, shortest));
            }
            if (steps / PROGRESS_STEPS != (steps + SCRIPT_STEPS) / PROGRESS_STEPS) {
                System.out.println("scripts: " + (steps + SCRIPT_STEPS) + " of " + STEPS + " steps, all holds");
            }
        }
        System.out.println("scripts: " + steps + " steps on 1 to 16 nodes, all holds");
    }

    private static @Nullable Throwable failure(Setting setting, PlacementPolicy policy, List<Step> script) {
        try {
            new ScriptMachine(setting, policy, UnaryOperator.identity(), true).run(script);
            return null;
        } catch (AssertionError | RuntimeException found) {
            return found;
        }
    }
}
