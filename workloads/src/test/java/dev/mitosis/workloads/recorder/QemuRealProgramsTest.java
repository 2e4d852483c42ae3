package dev.mitosis.workloads.recorder;

/** The same programs under QEMU. */
class QemuRealProgramsTest extends RealProgramsTest {
    @Override
    RecorderChoice choice() {
        return RecorderChoice.QEMU;
    }
}
