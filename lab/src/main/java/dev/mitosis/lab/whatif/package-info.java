/**
 * The question itself: one recorded program, two scenarios, every policy, and a verdict with its reason.
 */
@NullMarked
package dev.mitosis.lab.whatif;

import org.jspecify.annotations.NullMarked;
