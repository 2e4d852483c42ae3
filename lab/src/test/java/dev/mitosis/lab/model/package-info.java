@NullMarked
package dev.mitosis.lab.model;

import org.jspecify.annotations.NullMarked;
