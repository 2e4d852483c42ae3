@NullMarked
package dev.mitosis.mm;

import org.jspecify.annotations.NullMarked;
