/** The programs in {@code examples/}: each compiles, is short, and prints what it says. */
@NullMarked
package dev.mitosis.examples;

import org.jspecify.annotations.NullMarked;
