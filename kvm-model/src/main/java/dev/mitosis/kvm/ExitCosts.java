package dev.mitosis.kvm;

/**
 * What it costs a guest to leave to its hypervisor, in cycles of the processor that it runs on.
 *
 * <p>Source: KVM's unit test {@code vmexit} on Skylake servers (cpuid and vmcall, some 1,300 cycles there and back); what the hypervisor
 * does meanwhile comes on top. The stores and faults of shadow paging: an exit, and the emulator or a walk in software.
 */
final class ExitCosts {
    /** There and back with nothing done: a hypercall, an EPT violation before it is handled, an interrupt that is sent. */
    static final long EXIT_CYCLES = 1300;
    /** A store to a table that is shadowed, decoded and emulated. */
    static final long TRAPPED_STORE_CYCLES = 4000;
    /** A fault that makes a shadow entry: an exit, a walk in software, an entry. */
    static final long SHADOW_FAULT_CYCLES = 3000;

    private ExitCosts() {}
}
