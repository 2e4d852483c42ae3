/**
 * The placement policies: who decides where page tables live. One file each, and one line in {@link
 * dev.mitosis.replication.policy.PolicyRegistry}.
 *
 * <p>A policy listens to the kernel's {@link dev.mitosis.mm.PageTableEvents} and acts through {@link
 * dev.mitosis.replication.Replicator}. It is asked once an event, never once an access.
 */
@NullMarked
package dev.mitosis.replication.policy;

import org.jspecify.annotations.NullMarked;
