package dev.mitosis.replication.mechanism;

import dev.mitosis.mm.stat.StripedCounters;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What has been done to copies since boot.
 *
 * <p>Units: gets, sets and clears count entries times copies; roots count context switches and reloads by node.
 *
 * <p>Cost: an addition an operation on a ring.
 *
 * <p>Source: the fields of {@code /proc/mitosis_status} of the Mitosis ports.
 */
public final class ReplicationCounters {
    static final int GETS = 0;
    static final int SETS = 1;
    static final int CLEARS = 2;
    private static final int OPERATIONS = 3;
    private static final int MAX_LEVELS = 5;

    private final StripedCounters operations;
    private final AtomicLongArray rootsUsed;
    private final AtomicLongArray copiesLacking;
    private final AtomicLongArray tablesMigrated = new AtomicLongArray(MAX_LEVELS + 1);

    ReplicationCounters(int nodes, boolean concurrent) {
        operations = new StripedCounters(OPERATIONS, concurrent);
        rootsUsed = new AtomicLongArray(nodes);
        copiesLacking = new AtomicLongArray(nodes);
    }

    void add(int cpu, int operation, long entries) {
        operations.add(cpu, operation, entries);
    }

    public void rootUsed(int node) {
        rootsUsed.getAndIncrement(node);
    }

    void copyLacking(int node) {
        copiesLacking.getAndIncrement(node);
    }

    public void tableMigrated(int level) {
        tablesMigrated.getAndIncrement(level);
    }

    /** Tables of a level that moved one by one ({@link dev.mitosis.replication.reshape.TableMigrator}). */
    public long tablesMigrated(int level) {
        return tablesMigrated.get(level);
    }

    /** Copies of entries read for their A and D. */
    public long gets() {
        return operations.sum(GETS);
    }

    /** Copies of entries stored. */
    public long sets() {
        return operations.sum(SETS);
    }

    /** Copies of entries taken away. */
    public long clears() {
        return operations.sum(CLEARS);
    }

    /** How often a processor of a node loaded the root of a tree that has copies. */
    public long rootsUsed(int node) {
        return rootsUsed.get(node);
    }

    /** Copies of tables that a node had no frame for. */
    public long copiesLacking(int node) {
        return copiesLacking.get(node);
    }
}
