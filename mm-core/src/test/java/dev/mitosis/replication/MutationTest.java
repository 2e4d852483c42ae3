package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.policy.Mitosis;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The properties are worth something: each way of getting replication wrong is caught by them. */
class MutationTest {
    private static final int SCRIPTS = 300;
    private static final int STEPS = 60;

    @ParameterizedTest
    @EnumSource
    void everyMutationIsCaught(Mutation mutation) {
        String caught = firstFailure(mutation, true);
        assertNotNull(caught, mutation + " survived " + SCRIPTS + " scripts");
        System.out.println(mutation + ": " + caught);
    }

    @Test
    void aFlushThatIsForgottenIsCaught() {
        assertNotNull(firstFailure(null, false));
    }

    private static @Nullable String firstFailure(@Nullable Mutation mutation, boolean flushes) {
        for (int seed = 0; seed < SCRIPTS; seed++) {
            List<Step> script = Step.script(new Random(seed), STEPS);
            try {
                machine(mutation, flushes).run(script);
            } catch (AssertionError | RuntimeException failure) {
                return "script " + seed + ": " + failure.getMessage();
            }
        }
        return null;
    }

    private static ScriptMachine machine(@Nullable Mutation mutation, boolean flushes) {
        if (mutation == null) {
            return new ScriptMachine(new Mitosis(), UnaryOperator.identity(), flushes);
        }
        return new ScriptMachine(
                new Mitosis(),
                ops -> mutation.applied((ReplicatedPageTableOps) ops, memoryOf((ReplicatedPageTableOps) ops)),
                flushes);
    }

    private static PhysicalMemory memoryOf(ReplicatedPageTableOps ops) {
        return ops.memory();
    }
}
