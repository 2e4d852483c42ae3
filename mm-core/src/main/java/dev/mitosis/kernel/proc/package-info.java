/**
 * The kernel's state as the text files that one would read it from: {@code /proc/PID/maps}, {@code smaps_rollup},
 * {@code numa_maps} and {@code status}, {@code /proc/meminfo} and {@code vmstat}, and a node's {@code meminfo}.
 *
 * <p>The formats are those of proc(5), so that scripts that read the real files read these. May import {@code mm}.
 */
@NullMarked
package dev.mitosis.kernel.proc;

import org.jspecify.annotations.NullMarked;
