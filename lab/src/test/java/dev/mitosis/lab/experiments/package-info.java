/** Figures against what was published, and the machinery that puts them side by side. */
@NullMarked
package dev.mitosis.lab.experiments;

import org.jspecify.annotations.NullMarked;
