/**
 * The virtual machine: what changes when the program's page tables are a guest's, and the host translates them once more.
 *
 * <p>A guest page table (gPT) maps guest-virtual to guest-physical addresses, and the extended page table (ePT) maps
 * guest-physical to host-physical ones. {@link dev.mitosis.kvm.NestedWalk} is the shape of the walk through both:
 *
 * <pre>
 *            host level   4   3   2   1
 *   gL4 table            [1] [2] [3] [4]  → 5   guest entry of level 4
 *   gL3 table            [6] [7] [8] [9]  → 10  guest entry of level 3
 *   gL2 table            [11 … 14]        → 15
 *   gL1 table            [16 … 19]        → 20
 *   data page            [21 … 24]
 * </pre>
 *
 * <p>May import {@code halsim} and everything below it.
 */
@NullMarked
package dev.mitosis.kvm;

import org.jspecify.annotations.NullMarked;
