/**
 * How a kernel is told to replicate the page tables of a task: three kernels in the wild, one interface.
 *
 * <p>Detection never calls a number that could mean something else. First come the files that only such kernels have, then a
 * query by {@code prctl} that others refuse with EINVAL, and system call 400 only on a 4.17 kernel that calls itself mitosis.
 *
 * <p>Replication that does not survive exec is useless to a launcher: {@link
 * dev.mitosis.halnative.replication.PageTableReplication#prepareExec} must succeed before.
 */
@NullMarked
package dev.mitosis.halnative.replication;

import org.jspecify.annotations.NullMarked;
