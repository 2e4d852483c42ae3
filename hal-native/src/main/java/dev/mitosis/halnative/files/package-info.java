/**
 * The files that describe a machine, from wherever they come: the running system, a captured folder, or a captured archive.
 *
 * <p>Here also live the formats that many of them share: lists and masks of processors, sizes, fields of {@code /proc/PID/status}.
 *
 * <p>Imports nothing of this module.
 */
@NullMarked
package dev.mitosis.halnative.files;

import org.jspecify.annotations.NullMarked;
