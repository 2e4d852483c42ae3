package dev.mitosis.cli.machine.doctor;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The programs that are installed: found in PATH, and asked what they are. */
public interface Programs {
    /** Where a program is; nothing where PATH has none. */
    Optional<Path> find(String name);

    /** What a program prints on both streams; empty where it cannot be run. */
    String ask(Path program, String... arguments);

    /** Those of this machine. */
    static Programs ofThisMachine() {
        return new Programs() {
            @Override
            public Optional<Path> find(String name) {
                for (String folder : String.valueOf(System.getenv("PATH")).split(File.pathSeparator, -1)) {
                    Path program = Path.of(folder.isEmpty() ? "." : folder, name);
                    if (Files.isExecutable(program) && !Files.isDirectory(program)) {
                        return Optional.of(program);
                    }
                }
                return Optional.empty();
            }

            @Override
            public String ask(Path program, String... arguments) {
                List<String> command = new ArrayList<>(List.of(program.toString()));
                command.addAll(List.of(arguments));
                Process process;
                try {
                    process = new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectInput(new File("/dev/null"))
                            .start();
                } catch (IOException cannotStart) {
                    return "";
                }
                try {
                    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    return process.waitFor(10, TimeUnit.SECONDS) ? text : "";
                } catch (IOException ended) {
                    return "";
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return "";
                } finally {
                    process.destroy();
                }
            }
        };
    }
}
