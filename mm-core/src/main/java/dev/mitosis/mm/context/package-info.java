/**
 * The context that a kernel passes to each operation: its board, frames, page-table operations, settings and listeners.
 *
 * <p>One context belongs to one kernel. Nothing in it is shared between kernels.
 */
@NullMarked
package dev.mitosis.mm.context;

import org.jspecify.annotations.NullMarked;
