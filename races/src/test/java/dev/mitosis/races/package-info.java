/** Runs the races in every build, for a short while each. */
@NullMarked
package dev.mitosis.races;

import org.jspecify.annotations.NullMarked;
