/** Looks at a process that runs: where its pages are, how many page tables it has, where its threads run. Nothing of it is changed. */
@NullMarked
package dev.mitosis.halnative.inspect;

import org.jspecify.annotations.NullMarked;
