@NullMarked
package dev.mitosis.lab.model.thin;

import org.jspecify.annotations.NullMarked;
