package dev.mitosis.halsim.cpu;

/** Where a core that runs a guest goes when it cannot go on: the guest's kernel for its page faults, the hypervisor for the rest. */
public interface GuestTraps {
    /** A page fault that the guest handles itself; as {@code TrapHandler.pageFault}. */
    boolean pageFault(int cpu, long va, int errorCode);

    /**
     * The extended page table has no translation that allows an access.
     *
     * @return true when the access may be tried again; false when the virtual machine has no such memory
     */
    boolean eptViolation(int cpu, long guestFrame, boolean isWrite);
}
