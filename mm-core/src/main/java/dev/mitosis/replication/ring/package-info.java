/**
 * The links between the replicas of a table: one ring through one {@code int} a table, in the order of nodes.
 *
 * <p>{@link dev.mitosis.replication.ring.ReplicaRings} knows the links and marks the home of each ring. It knows neither entries nor
 * policies. The lock of a ring is the lock of its table.
 *
 * <p>May import {@code hal}.
 */
@NullMarked
package dev.mitosis.replication.ring;

import org.jspecify.annotations.NullMarked;
