package dev.mitosis.workloads.recorder;

import java.io.IOException;

/** Why a program was not recorded, in one line, with the exit code that a shell would give. */
public final class RecorderException extends IOException {
    /** As of a shell: the program was not found, or cannot be executed; and a failure of the recorder itself. */
    public static final int NOT_FOUND = 127;

    public static final int NOT_EXECUTABLE = 126;
    public static final int FAILED = 1;

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public RecorderException(int exitCode, String line) {
        super(line);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
