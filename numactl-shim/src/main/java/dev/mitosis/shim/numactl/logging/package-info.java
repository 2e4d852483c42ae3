/**
 * Stands for {@code java.util.logging} in the copy of JNA that numactl starts with. The original costs a third of the start: its
 * levels are linked by lambdas, and its manager reads configuration and looks for other loggers in every jar.
 *
 * <p>Only the build refers to this package: it renames JNA's references to it. Names and signatures are those of the original,
 * as far as JNA calls them.
 */
@NullMarked
package dev.mitosis.shim.numactl.logging;

import org.jspecify.annotations.NullMarked;
