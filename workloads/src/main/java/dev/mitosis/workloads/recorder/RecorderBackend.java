package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.util.List;
import java.util.Map;
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
    List<String> command(ProgramFile program, RecorderSession session) throws IOException;

    /** What that command needs in its environment besides the user's; the program does not see it. */
    Map<String, String> environment() throws IOException;
}
