/**
 * The host itself: its topology as the kernel describes it in sysfs, and the system calls that place memory and threads.
 *
 * <pre>
 *   HostProbe ── sysfs, hwloc ── topology ── files      reads a machine: live, from a folder, or from an archive
 *                libc                                   the system calls: one boundary to native code
 *                board                                  this host as a board for the kernel of mm-core
 *                calibrate, discovery                   measures latencies, bandwidths and groups of nodes
 *                inspect, replication                   page tables of a running process; kernels that replicate them
 * </pre>
 *
 * <p>Parsing is apart from acquiring: {@link dev.mitosis.halnative.files.SystemFiles} is the root of a file system, which is this
 * host's, a captured folder, or a captured archive, and {@link dev.mitosis.halnative.sysfs.SysfsReader} makes the same
 * {@link dev.mitosis.halnative.topology.HostTopology} of any of them. {@link dev.mitosis.halnative.libc.LinuxCalls} is the one
 * boundary to native code; it needs the C library alone, so it also works on a host without libnuma.
 *
 * <p>Units: masks of nodes and processors are in the kernel's own, possibly sparse numbers;
 * {@link dev.mitosis.halnative.topology.HostTopology#topology} renumbers them densely.
 *
 * <p>May import {@code hal}.
 */
@NullMarked
package dev.mitosis.halnative;

import org.jspecify.annotations.NullMarked;
