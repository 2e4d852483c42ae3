@NullMarked
package dev.mitosis.replication.policy;

import org.jspecify.annotations.NullMarked;
