package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Valgrind with a tool of ours ({@code valgrind/tool.c}): for x86-64 programs, fast, and with what addresses depend on. */
final class ValgrindBackend implements RecorderBackend {
    /** At a time. Valgrind keeps some kilobytes for each, and copies them when a program forks. */
    private static final int MAX_THREADS = 2_000;

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
    public List<byte[]> command(ProgramFile program, RecorderSession session) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ValgrindTool.folder().resolve(ValgrindTool.PROGRAM).toString());
        command.addAll(List.of(
                "--tool=" + ValgrindTool.NAME,
                "-q",
                // Neither the user's options for Valgrind nor its debugger.
                "--command-line-only=yes",
                "--vgdb=no",
                "--trace-children=yes",
                "--max-threads=" + MAX_THREADS,
                "--socket=" + session.socket(),
                "--ring=" + session.shared(),
                "--patience=" + session.patienceSeconds(),
                "--"));
        List<byte[]> words = new ArrayList<>();
        command.forEach(word -> words.add(ProgramFile.bytes(word)));
        words.addAll(program.argv());
        return words;
    }

    @Override
    public List<byte[]> environment(List<byte[]> callers) throws IOException {
        List<byte[]> environment = new ArrayList<>(callers);
        environment.add(ProgramFile.bytes("VALGRIND_LIB=" + ValgrindTool.folder()));
        environment.add(ProgramFile.bytes("VALGRIND_LAUNCHER=" + ValgrindTool.launcher()));
        return environment;
    }
}
