@NullMarked
package dev.mitosis.replication;

import org.jspecify.annotations.NullMarked;
