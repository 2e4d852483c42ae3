package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.fault.FaultHandler;
import dev.mitosis.mm.reclaim.Khugepaged;
import dev.mitosis.mm.reclaim.Reclaim;

/**
 * The parts of the kernel that a system call may ask for work.
 *
 * @param context the board, frames, page-table operations and settings
 * @param faults touches pages as a program would
 * @param khugepaged collapses base pages into huge ones
 * @param reclaim takes pages out of memory
 */
public record KernelServices(Context context, FaultHandler faults, Khugepaged khugepaged, Reclaim reclaim) {}
