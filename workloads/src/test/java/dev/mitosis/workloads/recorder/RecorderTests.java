package dev.mitosis.workloads.recorder;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;

/** What tests of all recorders need. */
final class RecorderTests {
    private RecorderTests() {}

    /** Passes a test over, with the reason, where a recorder is not to be had. */
    static void assumeCanRecord(RecorderChoice choice) throws RecorderException {
        ProgramFile shell = ProgramFile.find(List.of(ProgramFile.bytes("/bin/sh")));
        try {
            choice.backend(shell);
        } catch (RecorderException e) {
            assumeTrue(false, e.getMessage());
        }
    }
}
