/**
 * Results as text, JSON and CSV: the same facts in each. A report is a function from a result to a string, so that it can be
 * compared with a golden file.
 *
 * <p>May import {@code lab}'s other packages; nothing of {@code lab} imports this one.
 */
@NullMarked
package dev.mitosis.lab.report;

import org.jspecify.annotations.NullMarked;
