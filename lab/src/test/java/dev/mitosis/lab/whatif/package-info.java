@NullMarked
package dev.mitosis.lab.whatif;

import org.jspecify.annotations.NullMarked;
