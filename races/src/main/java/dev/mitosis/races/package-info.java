/**
 * The races between a page walker, which takes no lock, and the kernel's waist, two threads at a time.
 *
 * <p>Each class is one race on a page table with a copy: what may come of it is listed, and whatever else comes of it is a
 * failure. Nothing of the product may import this package.
 */
@NullMarked
package dev.mitosis.races;

import org.jspecify.annotations.NullMarked;
