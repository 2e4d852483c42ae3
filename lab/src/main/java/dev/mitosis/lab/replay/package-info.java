/**
 * Recorded programs on simulated machines: the events of a trace become tasks, system calls and batches of accesses.
 */
@NullMarked
package dev.mitosis.lab.replay;

import org.jspecify.annotations.NullMarked;
