package dev.mitosis.replication.mechanism;

import dev.mitosis.mm.stat.StripedCounters;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What has been done to replicas since boot.
 *
 * <p>Units: gets, sets and clears count entries times replicas; roots count context switches and reloads by node.
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
    private final AtomicLongArray replicasLacking;
    private final AtomicLongArray tablesMigrated = new AtomicLongArray(MAX_LEVELS + 1);

    ReplicationCounters(int nodes, boolean concurrent) {
        operations = new StripedCounters(OPERATIONS, concurrent);
        rootsUsed = new AtomicLongArray(nodes);
        replicasLacking = new AtomicLongArray(nodes);
    }

    void add(int cpu, int operation, long entries) {
        operations.add(cpu, operation, entries);
    }

    public void rootUsed(int node) {
        rootsUsed.getAndIncrement(node);
    }

    void replicaLacking(int node) {
        replicasLacking.getAndIncrement(node);
    }

    public void tableMigrated(int level) {
        tablesMigrated.getAndIncrement(level);
    }

    /** Tables of a level that moved one by one ({@link dev.mitosis.replication.reshape.TableMigrator}). */
    public long tablesMigrated(int level) {
        return tablesMigrated.get(level);
    }

    /** Replicas of entries read for their A and D. */
    public long gets() {
        return operations.sum(GETS);
    }

    /** Replicas of entries stored. */
    public long sets() {
        return operations.sum(SETS);
    }

    /** Replicas of entries taken away. */
    public long clears() {
        return operations.sum(CLEARS);
    }

    /** How often a processor of a node loaded the root of a tree that has replicas. */
    public long rootsUsed(int node) {
        return rootsUsed.get(node);
    }

    /** Replicas of tables that a node had no frame for. */
    public long replicasLacking(int node) {
        return replicasLacking.get(node);
    }
}
