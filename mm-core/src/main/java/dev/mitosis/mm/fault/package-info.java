/**
 * Page faults: {@link dev.mitosis.mm.fault.FaultHandler} finds the area and calls the fault of its kind.
 *
 * <pre>
 *   FaultHandler ──► AnonymousFault | FileFault | SwapFault | NumaHintFault | HugetlbFault | CopyOnWrite
 *   PopulateRange    the same for each page of a range, one lock a leaf table
 *   StackGrowth      an area that grows downwards
 * </pre>
 *
 * <p>A fault holds mmap_lock for reading. It walks the tables without locks, allocates, locks the leaf table and checks the entry
 * again. May import {@code mm.range} and everything below it.
 */
@NullMarked
package dev.mitosis.mm.fault;

import org.jspecify.annotations.NullMarked;
