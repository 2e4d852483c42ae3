package dev.mitosis.hal;

/** A machine that a kernel can boot on: what it is made of, and where its traps go. */
public interface Board {
    Topology topology();

    PhysicalMemory memory();

    Processors processors();

    KernelMeter meter();

    /** Installs the kernel that handles this board's page faults; called once, at boot. */
    void install(TrapHandler kernel);
}
