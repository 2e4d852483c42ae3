/**
 * The scheduler: which task runs on which processor, and which node a task should be on.
 *
 * <p>It stands above the memory manager and uses it as any driver does: {@link dev.mitosis.kernel.Kernel#switchTo} and {@link
 * dev.mitosis.kernel.Kernel#migrate}. Time is in ticks, and whoever drives the machine says when one has passed.
 *
 * <pre>
 *   tick ──► RunQueue      the next task of each processor
 *        ──► LoadBalancer  idle processors pull tasks: first of their node, then of others
 *        ──► NumaScanner   hides pages, a piece a period; what the hints tell decides where a task should be
 *              └─► NumaPlacement  moves a task to its memory, or swaps two
 * </pre>
 *
 * <p>Memory follows tasks (hint faults move pages), tasks follow memory (placement), and page tables do neither unless a policy
 * makes them: which is how they come to be remote.
 *
 * <p>One thread drives a scheduler. May import {@code hal} and {@code mm}.
 */
@NullMarked
package dev.mitosis.kernel.sched;

import org.jspecify.annotations.NullMarked;
