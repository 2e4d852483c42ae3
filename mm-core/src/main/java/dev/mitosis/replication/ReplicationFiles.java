package dev.mitosis.replication;

import dev.mitosis.hal.Topology;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.mechanism.ReplicaAudit;
import dev.mitosis.replication.mechanism.ReplicationCounters;
import dev.mitosis.replication.mechanism.TreePlacement;
import java.util.List;

/**
 * The state of replication as the text files that the kernel ports have under {@code /proc/mitosis}.
 *
 * <p>Source: {@code /proc/mitosis/mode, inherit, cache, status, active, verify} and {@code /proc/mitosis_status} of the ports.
 */
public final class ReplicationFiles {
    private final Replicator replicator;
    private final Topology topology;
    private final FrameAllocator frames;

    public ReplicationFiles(Replicator replicator) {
        this.replicator = replicator;
        this.topology = replicator.kernel().context().topology();
        this.frames = replicator.kernel().context().frames();
    }

    /** {@code mode}: the nodes on which new address spaces get replicas, as a mask in hex; 0 for none. */
    public String mode() {
        return "0x" + Long.toHexString(replicator.ops().placementOfNewTrees().nodeMask()) + "\n";
    }

    /** {@code inherit}: 1 when fork and exec keep replicas. */
    public String inherit() {
        return (replicator.inherits() ? 1 : 0) + "\n";
    }

    /** {@code cache}: for each node the reserve of table frames, and how many tables it has supplied. */
    public String cache() {
        StringBuilder text = new StringBuilder();
        for (int node = 0; node < topology.nodes(); node++) {
            text.append("node ").append(node).append(": ");
            text.append(frames.reservedTables(node)).append(" pages, ");
            text.append(frames.reserveHits(node)).append(" hits\n");
        }
        return text.toString();
    }

    /** {@code active}: a line for each address space that has replicas. */
    public String active(List<MmStruct> spaces) {
        StringBuilder text = new StringBuilder();
        for (MmStruct mm : spaces) {
            TreePlacement placement = replicator.ops().placement(mm.pageTable());
            if (placement.nodeMask() != 0) {
                text.append(mm).append(": nodes 0x").append(Long.toHexString(placement.nodeMask()));
                if (!placement.steering().isEmpty()) {
                    text.append(", steering ").append(placement.steering());
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    /** {@code status}: the counters since boot. */
    public String status() {
        ReplicationCounters counters = replicator.counters();
        StringBuilder text = new StringBuilder();
        line(text, "PTEs read from copies", counters.gets());
        line(text, "PTEs stored to copies", counters.sets());
        line(text, "PTEs cleared in copies", counters.clears());
        long loads = 0;
        long lacking = 0;
        long tables = 0;
        for (int node = 0; node < topology.nodes(); node++) {
            loads += counters.rootsUsed(node);
            lacking += counters.replicasLacking(node);
            tables += frames.tableFrames(node);
        }
        line(text, "CR3 writes to replicas", loads);
        for (int node = 0; node < topology.nodes(); node++) {
            line(text, "  of node " + node, counters.rootsUsed(node));
        }
        line(text, "page-table pages", tables);
        line(text, "copies that no frame was there for", lacking);
        long moved = 0;
        for (int level = 1; level <= 5; level++) {
            moved += counters.tablesMigrated(level);
        }
        line(text, "tables migrated", moved);
        return text.toString();
    }

    /** {@code verify}: what is wrong with the replicas of an address space, a line each, or one line that says that nothing is. */
    public String verify(MmStruct mm) {
        ReplicaAudit audit =
                new ReplicaAudit(replicator.kernel().context().board().memory(), replicator.ops());
        List<String> violations = audit.violations(mm.pageTable());
        return violations.isEmpty() ? mm + ": ok\n" : String.join("\n", violations) + "\n";
    }

    private static void line(StringBuilder text, String name, long count) {
        text.append(name).append(": ").append(count).append('\n');
    }
}
