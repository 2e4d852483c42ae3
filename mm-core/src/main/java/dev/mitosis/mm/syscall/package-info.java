@NullMarked
package dev.mitosis.mm.syscall;

import org.jspecify.annotations.NullMarked;
