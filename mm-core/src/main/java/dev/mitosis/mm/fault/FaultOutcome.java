package dev.mitosis.mm.fault;

/**
 * What comes of a page fault.
 *
 * <p>Source: Linux {@code include/linux/mm_types.h:vm_fault_t}.
 */
public enum FaultOutcome {
    /** The access may be tried again. */
    HANDLED,
    /** Nothing is mapped there, or the access is not allowed. */
    SIGSEGV,
    /** The page is mapped but cannot be had: beyond the end of the file, or no huge page is left in the pool. */
    SIGBUS,
    /** No memory, also after reclaim: the program would be killed. */
    OOM
}
