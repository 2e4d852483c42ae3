/**
 * The replication mechanism: every read and write of a page-table entry, on all replicas that there are.
 *
 * <p>{@link dev.mitosis.replication.mechanism.ReplicatedPageTableOps} stands at the PV-ops waist. It is told where each tree lies
 * ({@link dev.mitosis.replication.mechanism.TreePlacement}) and keeps the replicas equal; {@link
 * dev.mitosis.replication.mechanism.ReplicaAudit} checks that they are. A tree that is not replicated has its children counted
 * ({@link dev.mitosis.replication.mechanism.ChildCounts}), so that single tables can follow them.
 *
 * <p>The update order stands in the essay of {@code dev.mitosis.replication}. May import {@code ring} and what lies below
 * {@code replication}.
 */
@NullMarked
package dev.mitosis.replication.mechanism;

import org.jspecify.annotations.NullMarked;
