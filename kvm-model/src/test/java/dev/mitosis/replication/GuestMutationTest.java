package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mitosis.replication.GuestScriptBoard.Fault;
import dev.mitosis.replication.policy.Mitosis;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The scripts in guests are worth something: whatever is left out between guest, host and processor is caught by them. */
class GuestMutationTest {
    private static final int SCRIPTS = 300;
    private static final int STEPS = 60;
    private static final int RIGHT_SCRIPTS = 25;

    @ParameterizedTest
    @EnumSource(value = Fault.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void everyFaultIsCaught(Fault fault) {
        String caught = firstFailure(fault, SCRIPTS);
        assertNotNull(caught, fault + " survived " + SCRIPTS + " scripts");
    }

    @Test
    void theSameScriptsPassWithoutAFault() {
        assertNull(firstFailure(Fault.NONE, RIGHT_SCRIPTS));
    }

    private static @Nullable String firstFailure(Fault fault, int scripts) {
        for (int seed = 0; seed < scripts; seed++) {
            List<Step> script = Step.script(new Random(seed), STEPS);
            try {
                GuestScriptBoard board = new GuestScriptBoard(Setting.DEFAULT, seed, fault);
                new ScriptMachine(Setting.DEFAULT, new Mitosis(), UnaryOperator.identity(), board).run(script);
            } catch (AssertionError | RuntimeException failure) {
                return "script " + seed + ": " + failure.getMessage();
            }
        }
        return null;
    }
}
