package dev.mitosis.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A copy of the launcher in a repository of its own, and a PATH on which only the basic tools and these stand-ins are:
 * {@code java} prints its arguments one a line, {@code mvn} notes that it was called and makes the jars, {@code apt-get}
 * notes its arguments.
 */
final class Sandbox {
    private static final List<String> BASIC_TOOLS = List.of(
            "bash",
            "env",
            "cat",
            "cp",
            "chmod",
            "find",
            "flock",
            "ln",
            "mkdir",
            "mktemp",
            "mv",
            "readlink",
            "rm",
            "touch",
            "awk",
            "id",
            "sleep");

    private static final String MAVEN =
            """
            #!/usr/bin/env bash
            echo "$*" >>"$SANDBOX/mvn.log"
            [[ -z ${MVN_FAILS:-} ]] || { echo "[ERROR] broken"; exit 1; }
            sleep 0.3
            mkdir -p cli/target/app cli/target/zstd/linux/amd64 numactl-shim/target/start numactl-shim/target/jna/com/sun/jna/linux-x86-64
            touch cli/target/app/lib.jar cli/target/cli-0.jar numactl-shim/target/start/numactl.jar
            touch numactl-shim/target/jna/com/sun/jna/linux-x86-64/libjnidispatch.so
            touch cli/target/zstd/linux/amd64/libzstd-jni-0.so
            if [[ -n ${MVN_REPORT:-} ]]; then
              mkdir -p mm-core/target/surefire-reports
              printf '%s\\n' "$MVN_REPORT" >mm-core/target/surefire-reports/TEST-some.xml
            fi
            """;

    final Path root;
    final Path tools;

    record Outcome(int exitCode, List<String> out, List<String> err) {
        /** What the command line got: the arguments after the main class. */
        List<String> arguments() {
            return after("dev.mitosis.cli.Main");
        }

        /** What numactl got. */
        List<String> numactlArguments() {
            return after("dev.mitosis.shim.numactl.NumactlMain");
        }

        private List<String> after(String mainClass) {
            if (!out.contains(mainClass)) {
                throw new IllegalStateException(mainClass + " was not started: " + out + err);
            }
            return out.subList(out.indexOf(mainClass) + 1, out.size());
        }

        String heap() {
            return out.stream()
                    .filter(option -> option.startsWith("-Xmx"))
                    .findFirst()
                    .orElse("none");
        }
    }

    Sandbox(Path directory, Path launcher) throws IOException {
        root = Files.createDirectories(directory.resolve("a repository"));
        tools = Files.createDirectories(directory.resolve("tools"));
        Files.copy(launcher, root.resolve("mitosis"));
        copyTree(launcher.resolveSibling("bin"), root.resolve("bin"));
        Files.createDirectory(root.resolve(".mvn"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        for (String module :
                List.of("mm-core", "hal-sim", "hal-native", "kvm-model", "workloads", "lab", "numactl-shim", "cli")) {
            Files.createDirectories(root.resolve(module + "/src/main/java"));
            Files.writeString(root.resolve(module + "/pom.xml"), "<project/>");
        }
        for (String tool : BASIC_TOOLS) {
            script(tools.resolve(tool), "#!/bin/sh\nexec " + find(tool) + " \"$@\"\n");
        }
        script(tools.resolve("mvn"), MAVEN);
        script(
                tools.resolve("apt-get"),
                """
                #!/usr/bin/env bash
                echo "$*" >>"$SANDBOX/apt.log"
                """);
        jdk("17.0.1");
        openToAll(directory);
    }

    private static Path find(String tool) {
        for (String directory : List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin")) {
            Path candidate = Path.of(directory, tool);
            if (Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        throw new IllegalStateException("no " + tool + " on this machine");
    }

    /** A JDK of some version; a build takes it from JAVA_HOME. */
    Path jdk(String version) throws IOException {
        Path home = Files.createDirectories(tools.resolveSibling("jdk " + version));
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        String java = "#!/usr/bin/env bash\necho \"java " + version + "\"\nprintf '%s\\n' \"$@\"\n";
        script(home.resolve("bin/java"), java);
        script(home.resolve("bin/javac"), java);
        return home;
    }

    static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (var paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }

    private static void openToAll(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            for (Path path : paths.filter(Files::isDirectory).toList()) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
            }
        }
    }

    Outcome mitosis(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(root.resolve("mitosis").toString()));
        command.addAll(List.of(arguments));
        return run(Map.of(), root, command);
    }

    Outcome run(Map<String, String> environment, Path workingDirectory, List<String> command)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile(tools, "out", "");
        Path err = Files.createTempFile(tools, "err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(workingDirectory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", tools.toString());
        builder.environment().put("SANDBOX", tools.toString());
        builder.environment()
                .put("JAVA_HOME", tools.resolveSibling("jdk 17.0.1").toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException(command + " hangs");
        }
        return new Outcome(
                process.exitValue(), Files.readAllLines(out, StandardCharsets.UTF_8), Files.readAllLines(err));
    }

    List<String> log(String name) throws IOException {
        Path log = tools.resolve(name);
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }
}
