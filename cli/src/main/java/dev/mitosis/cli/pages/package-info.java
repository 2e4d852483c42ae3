/**
 * What is written down of the program: man pages and completions for an installation, and the generated parts of {@code docs/}.
 *
 * <p>{@link dev.mitosis.cli.pages.PageWriter} runs at {@code ./mitosis install}, with picocli's generator on the class path, which the
 * program does not carry. {@link dev.mitosis.cli.pages.DocumentWriter} runs at {@code ./mitosis docs}; a test fails when the parts in the
 * repository are not what it would write.
 */
@NullMarked
package dev.mitosis.cli.pages;

import org.jspecify.annotations.NullMarked;
