/**
 * The question itself: one recorded program, its scenarios or a place of one's own, every policy, and a verdict with its reason.
 */
@NullMarked
package dev.mitosis.lab.whatif;

import org.jspecify.annotations.NullMarked;
