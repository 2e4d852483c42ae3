package dev.mitosis.shim.numactl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A machine of four nodes in QEMU's emulation, with Debian's kernel and a first file system of busybox, a small Java, numactl, and the
 * classes of the running tests. It has no disk and no network. It shows topology and policies, and no times of NUMA.
 *
 * <p>Node 0 has processors 0 and 1, node 1 processor 2, node 2 processor 3 and no memory, node 3 memory and no processor.
 */
final class EmulatedMachine {
    static final int[][] DISTANCES = {{10, 21, 31, 41}, {21, 10, 22, 32}, {31, 22, 10, 23}, {41, 32, 23, 10}};

    /** The program that prints what a launcher left it, on the machine. */
    static final Path PROBE = Path.of("/probe");

    private static final Path PREPARED = Path.of("..", "target", "guest");
    private static final String MODULES = "java.base,java.logging,java.management,java.xml,jdk.unsupported,jdk.zipfs";
    private static final int MINUTES = 60;
    private static final Pattern STATUS = Pattern.compile("MITOSIS ENDED WITH (\\d+)");
    private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");
    private static final List<String> PROGRAMS =
            List.of("/usr/bin/numactl", "/bin/bash", "/usr/bin/env", "/usr/bin/ipcrm", "/usr/bin/find");

    /** What was printed, and the status of the tests. */
    record Outcome(int status, String console) {}

    private final Path folder;
    private final Path root;

    EmulatedMachine(Path folder) {
        this.folder = folder;
        this.root = folder.resolve("root");
    }

    /** What is not there to boot it; nothing when all is. */
    static Optional<String> missing() {
        if (!Files.isExecutable(Path.of("/usr/bin/qemu-system-x86_64"))) {
            return Optional.of("qemu-system-x86_64 is not installed");
        }
        if (!Files.isReadable(PREPARED.resolve("vmlinuz")) || !Files.isReadable(PREPARED.resolve("busybox"))) {
            return Optional.of("target/guest holds no kernel: ./mitosis test puts it there");
        }
        if (!Files.isDirectory(Path.of(System.getProperty("java.home"), "jmods"))) {
            return Optional.of("this JDK has no jmods to make a small Java of");
        }
        return Optional.empty();
    }

    /** Boots, runs the tests of some classes, and powers off. */
    Outcome test(List<String> javaOptions, List<String> testClasses) throws IOException, InterruptedException {
        makeRoot(javaOptions, testClasses);
        Path image = folder.resolve("initrd");
        Path busybox = PREPARED.resolve("busybox").toAbsolutePath();
        run(List.of(
                "bash",
                "-c",
                "cd \"$0\" && find . | \"$1\" cpio -o -H newc >\"$2\"",
                root.toString(),
                busybox.toString(),
                image.toString()));
        Path console = folder.resolve("console");
        Process machine = new ProcessBuilder(command(image))
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(console.toFile())
                .start();
        if (!machine.waitFor(MINUTES, TimeUnit.MINUTES)) {
            machine.destroyForcibly();
        }
        String text = Files.readString(console).replace("\r", "");
        Matcher status = STATUS.matcher(text);
        return new Outcome(status.find() ? Integer.parseInt(status.group(1)) : -1, text);
    }

    private static List<String> command(Path image) {
        List<String> command =
                new ArrayList<>(List.of("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-smp", "4"));
        command.addAll(List.of("-cpu", "max", "-m", "3G", "-nographic", "-no-reboot", "-nic", "none"));
        command.addAll(List.of("-kernel", PREPARED.resolve("vmlinuz").toString(), "-initrd", image.toString()));
        command.addAll(List.of("-append", "console=ttyS0 quiet panic=-1"));
        command.addAll(
                List.of("-object", "memory-backend-ram,id=m0,size=2G", "-numa", "node,nodeid=0,memdev=m0,cpus=0-1"));
        command.addAll(
                List.of("-object", "memory-backend-ram,id=m1,size=512M", "-numa", "node,nodeid=1,memdev=m1,cpus=2"));
        command.addAll(List.of("-numa", "node,nodeid=2,cpus=3"));
        command.addAll(List.of("-object", "memory-backend-ram,id=m3,size=512M", "-numa", "node,nodeid=3,memdev=m3"));
        for (int from = 0; from < DISTANCES.length; from++) {
            for (int to = from + 1; to < DISTANCES.length; to++) {
                command.addAll(List.of("-numa", "dist,src=" + from + ",dst=" + to + ",val=" + DISTANCES[from][to]));
            }
        }
        return command;
    }

    private void makeRoot(List<String> javaOptions, List<String> testClasses) throws IOException, InterruptedException {
        Path home = Path.of(System.getProperty("java.home"));
        run(List.of(
                home.resolve("bin/jlink").toString(),
                "--add-modules",
                MODULES,
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                "--output",
                Files.createDirectories(root).resolve("jre").toString()));
        run(List.of(root.resolve("jre/bin/java").toString(), "-Xshare:dump"));
        Files.createDirectories(root.resolve("bin"));
        Files.copy(PREPARED.resolve("busybox"), root.resolve("bin/busybox"));
        executable(root.resolve("bin/busybox"));
        for (String program : PROGRAMS) {
            install(Path.of(program));
        }
        install(Path.of("/usr/lib/x86_64-linux-gnu/libnuma.so.1"));
        try (Stream<Path> files = Files.walk(root.resolve("jre"))) {
            for (Path file : files.filter(file -> file.toString().matches(".*\\.so|.*/bin/java"))
                    .toList()) {
                installLibraries(file);
            }
        }
        Path probe =
                Probe.compile(Files.createDirectory(folder.resolve("probe"))).orElseThrow();
        Files.copy(probe, root.resolve("probe"));
        Files.createDirectories(root.resolve("m/numactl-shim"));
        Files.copy(Path.of("..", "mitosis"), root.resolve("m/mitosis"));
        copyTree(Path.of("..", "bin"), root.resolve("m/bin"));
        Path init = root.resolve("init");
        Files.writeString(init, init(classPath(), javaOptions, testClasses));
        executable(init);
    }

    private static String init(String classPath, List<String> javaOptions, List<String> testClasses) {
        return String.join(
                "\n",
                "#!/bin/busybox sh",
                "/bin/busybox mkdir -p /proc /sys /dev /tmp /usr/bin /sbin",
                "/bin/busybox mount -t proc proc /proc; /bin/busybox mount -t sysfs sys /sys",
                "/bin/busybox mount -t devtmpfs dev /dev; /bin/busybox mkdir -p /dev/shm",
                "/bin/busybox mount -t tmpfs shm /dev/shm; /bin/busybox mount -t tmpfs tmp /tmp",
                "export PATH=/usr/bin:/bin JAVA_HOME=/jre HOME=/tmp",
                "for name in $(/bin/busybox --list); do",
                "  [ -e /bin/$name ] || [ -e /usr/bin/$name ] || /bin/busybox ln -s busybox /bin/$name",
                "done",
                "echo MITOSIS BEGINS",
                "cd /m/numactl-shim",
                "/jre/bin/java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -ea "
                        + String.join(" ", javaOptions)
                        + " -cp " + classPath + " org.junit.platform.console.ConsoleLauncher execute --select-class="
                        + String.join(" --select-class=", testClasses)
                        + " --disable-ansi-colors --disable-banner --details=tree",
                "echo MITOSIS ENDED WITH $?",
                "poweroff -f",
                "");
    }

    /** Copies the running class path to the machine; returns its class path there. */
    private String classPath() throws IOException {
        StringJoiner path = new StringJoiner(":");
        int number = 0;
        String running = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        for (String entry : running.split(":", -1)) {
            Path from = Path.of(entry);
            if (!Files.exists(from) || entry.contains("mockito") || entry.contains("byte-buddy")) {
                continue;
            }
            String to = "/lib/classes/" + number++ + "-" + from.getFileName();
            copyTree(from, root.resolve(to.substring(1)));
            path.add(to);
        }
        return path.toString();
    }

    static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        }
    }

    private void install(Path program) throws IOException, InterruptedException {
        copy(program);
        installLibraries(program);
    }

    private void installLibraries(Path program) throws IOException, InterruptedException {
        for (String library : libraries(program.toString())) {
            Path file = Path.of(library).normalize();
            if (!file.startsWith(root)) {
                copy(file);
            }
        }
    }

    private static List<String> libraries(String program) throws IOException, InterruptedException {
        List<String> libraries = new ArrayList<>();
        Matcher matcher =
                LIBRARY.matcher(Launched.by(List.of("ldd"), List.of(program)).out());
        while (matcher.find()) {
            libraries.add(matcher.group(1));
        }
        return libraries;
    }

    /** To the same place on the machine, the file itself where it is a link. */
    private void copy(Path file) throws IOException {
        Path to = root.resolve(file.toString().substring(1));
        Files.createDirectories(to.getParent());
        Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
        executable(to);
    }

    private static void executable(Path file) throws IOException {
        if (!file.toFile().setExecutable(true)) {
            throw new IOException(file + " cannot be made executable");
        }
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Launched done = Launched.by(command.subList(0, 1), command.subList(1, command.size()));
        if (done.status() != 0) {
            throw new IOException(command + ": " + done.out() + done.err());
        }
    }
}
