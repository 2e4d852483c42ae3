/** What pictures show against the numbers of their figures. */
@NullMarked
package dev.mitosis.lab.picture;

import org.jspecify.annotations.NullMarked;
