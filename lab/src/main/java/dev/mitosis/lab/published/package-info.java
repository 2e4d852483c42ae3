/**
 * Numbers that the papers publish, and the readers of their tables.
 *
 * <p>The tables are resources below {@code dev/mitosis/published}; a file in the artifact's format may take the place of one. Experiments
 * read them. The packages below {@code model} must not import this package: a model gets the rows that it is fitted on as arguments.
 */
@NullMarked
package dev.mitosis.lab.published;

import org.jspecify.annotations.NullMarked;
