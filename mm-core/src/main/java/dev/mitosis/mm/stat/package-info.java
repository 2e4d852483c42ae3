/**
 * The kernel's event counters: what {@code /proc/vmstat} shows.
 *
 * <p>Counters are striped by processor where threads share the machine. Imports nothing of the kernel.
 */
@NullMarked
package dev.mitosis.mm.stat;

import org.jspecify.annotations.NullMarked;
