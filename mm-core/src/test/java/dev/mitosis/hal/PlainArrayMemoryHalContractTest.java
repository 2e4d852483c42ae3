package dev.mitosis.hal;

import dev.mitosis.testing.HalContract;

class PlainArrayMemoryHalContractTest extends HalContract {
    @Override
    protected PhysicalMemory memory() {
        return new ArrayMemory(2, false);
    }

    @Override
    protected boolean isConcurrent() {
        return false;
    }
}
