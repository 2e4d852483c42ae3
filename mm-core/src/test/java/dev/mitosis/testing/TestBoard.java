package dev.mitosis.testing;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.Topology;

/** A board that is its own processors and counts no costs; what its processors do is up to the test. */
public abstract class TestBoard implements Board, Processors {
    protected final Topology topology;
    protected final PhysicalMemory memory;

    protected TestBoard(Topology topology, PhysicalMemory memory) {
        this.topology = topology;
        this.memory = memory;
    }

    @Override
    public final Topology topology() {
        return topology;
    }

    @Override
    public final PhysicalMemory memory() {
        return memory;
    }

    @Override
    public final Processors processors() {
        return this;
    }

    @Override
    public final KernelMeter meter() {
        return KernelMeter.NONE;
    }
}
