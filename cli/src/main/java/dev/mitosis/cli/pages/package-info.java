/**
 * The command line written down for an installation: man pages and completions, from the commands' own descriptions.
 *
 * <p>It runs at {@code ./mitosis install} only, with picocli's generator on the class path, which the program does not carry.
 */
@NullMarked
package dev.mitosis.cli.pages;

import org.jspecify.annotations.NullMarked;
