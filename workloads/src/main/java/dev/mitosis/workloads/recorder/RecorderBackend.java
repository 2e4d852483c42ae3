package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What runs a program and streams what it does to memory: an emulator of its instructions, with code of ours inside. */
interface RecorderBackend {
    /** What a user calls it. */
    String title();

    /** Why it cannot record a program on this machine, and what would help; null when it can. Cost: a few files are looked at. */
    @Nullable
    String refusal(ProgramFile program);

    /** Builds what is missing. */
    void prepare() throws IOException;

    /** The command that runs a program under it. */
    List<byte[]> command(ProgramFile program, RecorderSession session) throws IOException;

    /** The environment of that command: the caller's, with what the command itself needs, which the program does not see. */
    List<byte[]> environment(List<byte[]> callers) throws IOException;
}
