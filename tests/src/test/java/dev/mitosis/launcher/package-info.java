/**
 * The launcher script, run with a JDK, a Maven and an apt-get that only write down how they were called.
 */
@NullMarked
package dev.mitosis.launcher;

import org.jspecify.annotations.NullMarked;
