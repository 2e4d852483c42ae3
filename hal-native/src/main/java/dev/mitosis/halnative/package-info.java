/**
 * The host itself: its topology as the kernel describes it in sysfs, and the system calls that place memory and threads.
 *
 * <p>Parsing is apart from acquiring: {@link dev.mitosis.halnative.SystemFiles} is the root of a file system, which is this
 * host's, a captured folder, or a captured archive, and {@link dev.mitosis.halnative.SysfsReader} makes the same
 * {@link dev.mitosis.halnative.HostTopology} of any of them. {@link dev.mitosis.halnative.LinuxCalls} is the one boundary to native
 * code; it needs the C library alone, so a host without libnuma works alike.
 *
 * <p>Units: masks of nodes and processors are in the kernel's own, possibly sparse numbers;
 * {@link dev.mitosis.halnative.HostTopology#topology} renumbers them densely.
 *
 * <p>May import {@code hal}.
 */
@NullMarked
package dev.mitosis.halnative;

import org.jspecify.annotations.NullMarked;
