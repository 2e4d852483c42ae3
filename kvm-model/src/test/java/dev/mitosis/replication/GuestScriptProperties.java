package dev.mitosis.replication;

import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The scripts of the memory manager in a guest, whose host copies, moves, swaps, merges and hides what is below it. */
class GuestScriptProperties extends ReplicaConsistencyScripts {
    @Property(tries = 150)
    void everythingHoldsInAGuest(
            @ForAll("settings") Setting setting, @ForAll("scripts") List<Step> script, @ForAll long seed) {
        new ScriptMachine(setting, new FirstTouch(), UnaryOperator.identity(), new GuestScriptBoard(setting, seed))
                .run(script);
    }

    @Property(tries = 150)
    void soItDoesUnderEveryPolicy(
            @ForAll("policies") String policy, @ForAll("scripts") List<Step> script, @ForAll long seed) {
        new ScriptMachine(
                        Setting.DEFAULT,
                        PolicyRegistry.find(policy),
                        UnaryOperator.identity(),
                        new GuestScriptBoard(Setting.DEFAULT, seed))
                .run(script);
    }
}
