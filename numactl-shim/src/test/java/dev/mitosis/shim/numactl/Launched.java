package dev.mitosis.shim.numactl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How a launcher and its program ended: exit status, standard output, standard error. */
record Launched(int status, String out, String err) {
    /** The host's numactl, by its short name: its messages start with it. */
    static final List<String> REAL = List.of("numactl");

    static final Path REAL_PATH = Path.of("/usr/bin/numactl");

    private static final int SECONDS = 60;

    static Launched by(List<String> program, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(program);
        command.addAll(arguments);
        Path out = Files.createTempFile("numactl", ".out");
        Path err = Files.createTempFile("numactl", ".err");
        Path in = Files.createTempFile("numactl", ".in");
        try {
            Files.writeString(in, "what the program reads\n");
            Process process = new ProcessBuilder(command)
                    .redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command + " hangs");
            }
            return of(process.exitValue(), Files.readString(out), Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
            Files.deleteIfExists(in);
        }
    }

    /** What changes from moment to moment, free memory, is taken out. */
    static Launched of(int status, String out, String err) {
        return new Launched(status, out.replaceAll("free: \\d+ MB", "free"), err);
    }
}
