/**
 * What holds for the whole tree: which layer may import which, what no class may be or be called, and that the documents
 * speak of commands that exist.
 */
@NullMarked
package dev.mitosis.architecture;

import org.jspecify.annotations.NullMarked;
