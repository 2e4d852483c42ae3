package dev.mitosis.replication;

import dev.mitosis.hal.Board;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.replication.policy.PlacementPolicy;
import java.util.Map;

/** A board that scripts run on: its processors make accesses one by one, and one can look into them. */
interface ScriptBoard extends Board {
    long SIGNAL = -1;

    /** Puts a policy in charge of the machine. */
    default PageTableEvents attach(PlacementPolicy policy, Kernel kernel, Replicator replicator) {
        return policy.attach(kernel, replicator);
    }

    /** Makes an access; the frame that answered, or {@link #SIGNAL}. */
    long access(int cpu, long va, boolean isWrite);

    /** Whether the last access walked the tables; one that a TLB answers sets no A. */
    boolean lastWalked();

    /** What a processor has in CR3. */
    long root(int cpu);

    /** What a processor may use without a walk now: by page, an entry with its frame, and WRITE where stores are let through. */
    Map<Long, Long> translations(int cpu);
}
