package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.replication.policy.FirstTouch;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The random scripts do reach what they are there for. */
class ScriptCoverageTest {
    private static final int SCRIPTS = 400;
    private static final int STEPS = 120;
    /** What has no part in the scripts: huge page pools, and failing allocations. */
    private static final Set<VmEvent> OUTSIDE = EnumSet.of(
            VmEvent.HTLB_BUDDY_ALLOC_FAIL,
            VmEvent.HTLB_BUDDY_ALLOC_SUCCESS,
            VmEvent.OOM_KILL,
            VmEvent.NUMA_MISS,
            VmEvent.THP_FAULT_FALLBACK,
            VmEvent.THP_COLLAPSE_ALLOC_FAILED);

    @Test
    void everyEventHappens() {
        Map<VmEvent, Long> events = new EnumMap<>(VmEvent.class);
        for (int seed = 0; seed < SCRIPTS; seed++) {
            Setting setting = Setting.of(1 << seed % 4, 4 + seed % 2, seed % 3 != 0, true, 512);
            ScriptMachine machine = new ScriptMachine(setting, new FirstTouch(), UnaryOperator.identity(), true);
            machine.run(Step.script(new Random(seed), STEPS));
            for (VmEvent event : VmEvent.values()) {
                events.merge(event, machine.kernel.vmstat().get(event), Long::sum);
            }
        }
        for (VmEvent event : EnumSet.complementOf(EnumSet.copyOf(OUTSIDE))) {
            assertTrue(events.getOrDefault(event, 0L) > 0, event + " never happened: " + events);
        }
        System.out.println(SCRIPTS + " scripts of " + STEPS + " steps: " + events);
    }
}
