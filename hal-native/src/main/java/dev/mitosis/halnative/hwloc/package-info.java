/**
 * Reads and writes the XML of hwloc ({@code lstopo --of xml}).
 *
 * <p>May import {@code files} and {@code topology}.
 */
@NullMarked
package dev.mitosis.halnative.hwloc;

import org.jspecify.annotations.NullMarked;
