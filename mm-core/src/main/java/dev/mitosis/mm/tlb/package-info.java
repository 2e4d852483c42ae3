/**
 * Translation lookaside buffers as the kernel sees them: what each processor has loaded, and how it forgets.
 *
 * <pre>
 *   switch  ──► CpuState ──► AsidCache (which PCID, which generation) ──► CR3
 *   removal ──► MmuGather ──► TlbFlush: issue · dispatch · sync ──► frames and tables are freed
 * </pre>
 *
 * <p>A processor's lock excludes a switch and a flush of that processor. The order of generation and processor mask is described
 * in {@link dev.mitosis.mm}.
 */
@NullMarked
package dev.mitosis.mm.tlb;

import org.jspecify.annotations.NullMarked;
