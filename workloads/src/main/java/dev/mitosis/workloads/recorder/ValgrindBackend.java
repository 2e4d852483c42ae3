package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Valgrind with a tool of ours ({@code valgrind/tool.c}): for x86-64 programs, fast, and with what addresses depend on. */
final class ValgrindBackend implements RecorderBackend {
    /** More than any program has at a time; Valgrind keeps a word for each. */
    private static final int MAX_THREADS = 20_000;

    @Override
    public String title() {
        return "Valgrind";
    }

    @Override
    public @Nullable String refusal(ProgramFile program) {
        if (program.emulator() != Emulator.X86_64) {
            return "Valgrind cannot record it: it is no x86-64 program";
        }
        return ValgrindTool.missing();
    }

    @Override
    public void prepare() throws IOException {
        ValgrindTool.folder();
    }

    @Override
    public List<String> command(ProgramFile program, RecorderSession session) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ValgrindTool.folder().resolve(ValgrindTool.PROGRAM).toString());
        command.addAll(List.of(
                "--tool=" + ValgrindTool.NAME,
                "-q",
                // Neither the user's options for Valgrind nor its debugger.
                "--command-line-only=yes",
                "--vgdb=no",
                "--trace-children=yes",
                "--fair-sched=try",
                "--max-threads=" + MAX_THREADS,
                "--socket=" + session.socket(),
                "--ring=" + session.shared(),
                "--patience=" + session.patienceSeconds(),
                "--"));
        command.addAll(program.argv());
        return command;
    }

    @Override
    public Map<String, String> environment() throws IOException {
        return Map.of(
                "VALGRIND_LIB", ValgrindTool.folder().toString(),
                "VALGRIND_LAUNCHER", ValgrindTool.launcher().toString());
    }
}
