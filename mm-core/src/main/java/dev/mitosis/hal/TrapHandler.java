package dev.mitosis.hal;

/**
 * Where a processor's page faults go: the kernel implements it and installs it on the board at boot.
 *
 * <p>Source: Intel SDM vol. 3A §4.7 (page-fault error code); Linux {@code arch/x86/mm/fault.c:exc_page_fault}.
 */
public interface TrapHandler {
    /** Error-code bit: the fault was a protection violation, not a missing translation. */
    int PRESENT = 1;
    /** Error-code bit: the access was a store. */
    int WRITE = 1 << 1;
    /** Error-code bit: the access was an instruction fetch. */
    int FETCH = 1 << 4;

    /**
     * Handles a page fault taken by a processor.
     *
     * <p>Cost: once a fault, never once an access.
     *
     * @return true when the access may be tried again, false when the program would have been sent a signal
     */
    boolean pageFault(int cpu, long va, int errorCode);
}
