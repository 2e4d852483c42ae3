@NullMarked
package dev.mitosis.lab.replay;

import org.jspecify.annotations.NullMarked;
