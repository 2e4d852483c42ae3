/**
 * The recorder: runs an unmodified program under user-mode QEMU with a plugin, and turns what the plugin streams into events.
 *
 * <pre>
 *   program ── QEMU ── recorder.c ══ unix socket, one a process ══► stream.RecordedEvents ──► TraceSink
 *   stdin, stdout, stderr, exit code: the program's own
 * </pre>
 *
 * <p>A slow sink slows the program down: sockets are the only buffer. One that breaks or stands still does not: the plugin then
 * says that the program goes on unrecorded, and it does. The plugin's source comes with the product and is
 * compiled on first use ({@link dev.mitosis.workloads.recorder.RecorderPlugin}).
 */
@NullMarked
package dev.mitosis.workloads.recorder;

import org.jspecify.annotations.NullMarked;
