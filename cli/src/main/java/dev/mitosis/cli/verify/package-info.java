/**
 * {@code verify}: predictions beside what this machine measures. {@code NativeRuns} runs programs and times them, {@code
 * dev.mitosis.lab.whatif.PageSizes} predicts the same from their recordings, and {@code VerifyReport} puts both into a table and says what
 * it is worth.
 */
@NullMarked
package dev.mitosis.cli.verify;

import org.jspecify.annotations.NullMarked;
