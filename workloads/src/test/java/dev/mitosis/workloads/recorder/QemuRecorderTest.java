package dev.mitosis.workloads.recorder;

/** The same programs under QEMU. */
class QemuRecorderTest extends RecorderTest {
    @Override
    RecorderChoice choice() {
        return RecorderChoice.QEMU;
    }
}
