/** What several packages' tests share: a board to build on, and the shortening of scripts that fail. */
@NullMarked
package dev.mitosis.testing;

import org.jspecify.annotations.NullMarked;
