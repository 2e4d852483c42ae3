package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** QEMU's user mode with a plugin of ours ({@code recorder.c}): for AArch64 programs, and where Valgrind is not to be had. */
final class QemuBackend implements RecorderBackend {
    @Override
    public String title() {
        return "QEMU";
    }

    @Override
    public @Nullable String refusal(ProgramFile program) {
        return program.emulator().path() != null
                ? null
                : "QEMU cannot record it: " + program.emulator().program() + " is not there: apt-get install qemu-user";
    }

    @Override
    public void prepare() throws IOException {
        RecorderPlugin.library();
    }

    @Override
    public List<byte[]> command(ProgramFile program, RecorderSession session) throws IOException {
        Path plugin = RecorderPlugin.library();
        List<String> command = new ArrayList<>();
        command.add(program.emulator().installed().toString());
        command.addAll(program.emulator().prefixOptions());
        command.addAll(List.of("-cpu", "max", "-plugin"));
        command.add(plugin + ",socket=" + session.socket() + ",self=" + plugin + Emulator.pluginArguments()
                + ",patience=" + session.patienceSeconds());
        List<byte[]> words = new ArrayList<>();
        command.forEach(word -> words.add(ProgramFile.bytes(word)));
        words.addAll(program.emulated());
        return words;
    }

    /** QEMU turns the order of the variables round. */
    @Override
    public List<byte[]> environment(List<byte[]> callers) {
        List<byte[]> environment = new ArrayList<>(callers);
        Collections.reverse(environment);
        return environment;
    }
}
