/**
 * What this host is, and what its kernel can be told: topology from sysfs, NUMA policy and placement through system calls.
 *
 * <p>Reading is apart from parsing: {@link dev.mitosis.halnative.NodeDirectory} takes a root, so that captured machines test it.
 * Native calls are declared in {@link dev.mitosis.halnative.LibC} and nowhere else.
 *
 * <p>May import {@code hal}.
 */
@NullMarked
package dev.mitosis.halnative;

import org.jspecify.annotations.NullMarked;
