/** {@code verify}: predictions beside what this machine measures. */
@NullMarked
package dev.mitosis.cli.verify;

import org.jspecify.annotations.NullMarked;
