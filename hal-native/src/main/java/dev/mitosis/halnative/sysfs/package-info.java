/**
 * Reads a host from Linux's sysfs: nodes, processors, caches, distances and the ACPI memory attributes.
 *
 * <p>May import {@code files} and {@code topology}.
 *
 * <p>Source: Linux {@code Documentation/ABI/stable/sysfs-devices-node}, {@code Documentation/admin-guide/mm/numaperf.rst}.
 */
@NullMarked
package dev.mitosis.halnative.sysfs;

import org.jspecify.annotations.NullMarked;
