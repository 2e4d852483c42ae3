package dev.mitosis.replication;

import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** After any script of system calls, faults, accesses, context switches and changes of placement, everything holds. */
class ReplicaConsistencyProperties extends ReplicaConsistencyScripts {
    @Property(tries = 2000)
    void everythingHoldsWhateverTheScript(@ForAll("scripts") List<Step> script) {
        new ScriptMachine(new FirstTouch(), UnaryOperator.identity(), true).run(script);
    }

    /** The contract of every placement policy. */
    @Property(tries = 1500)
    void everythingHoldsUnderEveryPolicy(@ForAll("policies") String policy, @ForAll("scripts") List<Step> script) {
        new ScriptMachine(PolicyRegistry.find(policy), UnaryOperator.identity(), true).run(script);
    }

    /** The contract of every policy over every flush backend, with and without PCIDs, on machines of all kinds. */
    @Property(tries = 1500)
    void everythingHoldsUnderEveryPolicyAndFlushBackend(
            @ForAll("policies") String policy,
            @ForAll("settings") Setting setting,
            @ForAll("scripts") List<Step> script) {
        new ScriptMachine(setting, PolicyRegistry.find(policy), UnaryOperator.identity(), true).run(script);
    }

    /** Two paging formats, huge pages or none, one node to sixteen, with and without copies, and all ways of TLBs. */
    @Property(tries = 1500)
    void everythingHoldsOnEveryMachine(@ForAll("settings") Setting setting, @ForAll("scripts") List<Step> script) {
        new ScriptMachine(setting, new FirstTouch(), UnaryOperator.identity(), true).run(script);
    }
}
