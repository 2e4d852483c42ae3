@NullMarked
package dev.mitosis.lab.counters;

import org.jspecify.annotations.NullMarked;
