package dev.mitosis.hal;

import dev.mitosis.testing.HalContract;

class ArrayMemoryHalContractTest extends HalContract {
    @Override
    protected PhysicalMemory memory() {
        return new ArrayMemory(2, true);
    }

    @Override
    protected boolean isConcurrent() {
        return true;
    }
}
