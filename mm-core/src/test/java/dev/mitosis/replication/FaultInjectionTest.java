package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.mm.TlbSettings;
import dev.mitosis.replication.mechanism.ReplicaAllocFailure;
import dev.mitosis.replication.policy.FirstTouch;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every allocation of a set of scripts fails once: of a frame, of a table on a node, of a swap slot.
 *
 * <p>The call that needed it is refused with ENOMEM (mlock: EAGAIN), the access that needed it is killed, or another node helps
 * out; all that must hold holds at once, the rest of the script goes on as if nothing had been, and in the end nothing is lost.
 */
class FaultInjectionTest {
    private static final int STEPS = 45;

    @ParameterizedTest
    @CsvSource({
        "1, false, false, RECLAIM, false",
        "1, false, true, RECLAIM, false",
        "2, true, false, RECLAIM, false",
        "2, true, false, FAIL, true",
        "2, true, true, DEGRADE, false",
        "4, true, true, DEGRADE, true",
        "4, true, true, RECLAIM, false"
    })
    void noAllocationThatFailsIsFelt(
            int nodes, boolean isReplicated, boolean thp, ReplicaAllocFailure fullNode, boolean pti) {
        Setting setting =
                Setting.of(nodes, 4, thp, isReplicated, 512).with(fullNode).with(TlbSettings.LINUX.withPti(pti));
        Set<Step.Kind> covered = EnumSet.noneOf(Step.Kind.class);
        long failed = 0;
        for (List<Step> script : scripts()) {
            script.forEach(step -> covered.add(step.kind()));
            long allocations = run(setting, script, 0);
            // Every one of few, and a spread of many: a populated place is hundreds alike.
            for (long n = 1; n <= allocations; n += n < 60 ? 1 : 1 + n / 12) {
                try {
                    run(setting, script, n);
                } catch (AssertionError | RuntimeException found) {
                    throw new AssertionError("allocation " + n + " of " + allocations + " of " + script, found);
                }
                failed++;
            }
        }
        assertEquals(EnumSet.allOf(Step.Kind.class), covered);
        assertTrue(failed > 100, failed + " allocations failed");
        System.out.println("fault injection, " + setting + ": " + failed + " allocations failed, one at a time");
    }

    private static long run(Setting setting, List<Step> script, long failing) {
        ScriptMachine machine = new ScriptMachine(setting, new FirstTouch(), UnaryOperator.identity(), true);
        FailOnce faults = new FailOnce(failing);
        machine.install(faults);
        script.forEach(machine::stepThatMayFail);
        machine.finish();
        return faults.asked();
    }

    private static List<List<Step>> scripts() {
        List<List<Step>> scripts = new ArrayList<>();
        // Each kind of step, with something mapped, stored to and shared before it.
        for (Step.Kind kind : Step.Kind.values()) {
            List<Step> script = new ArrayList<>();
            for (int place : new int[] {0, 32}) {
                script.add(new Step(Step.Kind.MMAP, 0, place, 7, 0));
                script.add(new Step(Step.Kind.WRITE, 0, place + 1, 0, 0));
                script.add(new Step(Step.Kind.POPULATE, 0, place, 3, 0));
            }
            script.add(new Step(Step.Kind.FORK, 0, 0, 1, 0));
            script.add(new Step(Step.Kind.WRITE, 1, 1, 0, 0));
            script.add(new Step(kind, 0, 33, 2, 1));
            script.add(new Step(kind, 0, 0, 3, 2));
            script.add(new Step(Step.Kind.WRITE, 0, 2, 0, 0));
            scripts.add(script);
        }
        for (int seed = 0; seed < 12; seed++) {
            scripts.add(Step.script(new Random(1000 + seed), STEPS));
        }
        return scripts;
    }
}
