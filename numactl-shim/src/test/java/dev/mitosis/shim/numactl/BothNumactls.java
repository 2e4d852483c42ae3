package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** The machine's own numactl and ours, given the same command lines. */
final class BothNumactls {
    private final Path folder;
    private final Path probe;
    /** What starts ours in a process of its own. */
    private final List<String> installed;

    /** Thrown instead of replacing the process that the tests run in. */
    private static final class StartsAProgram extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Both of them.
     *
     * @param folder for files that command lines make
     * @param probe the program that prints what it was left
     */
    BothNumactls(Path folder, Path probe, List<String> installed) {
        this.folder = folder;
        this.probe = probe;
        this.installed = List.copyOf(installed);
    }

    /** What the machine's own does with a line of the table. */
    Launched real(String line) throws Exception {
        return fresh(() -> Launched.by(Launched.REAL, arguments(line)));
    }

    /** What ours does with it. */
    Launched ours(String line) throws Exception {
        return fresh(() -> ours(arguments(line)));
    }

    private interface Run {
        Launched now() throws Exception;
    }

    /** Before and after, what a command line made is gone: files, and segments of shared memory. */
    private Launched fresh(Run run) throws Exception {
        List<String> before = segments();
        try {
            return run.now();
        } finally {
            Files.deleteIfExists(region());
            Files.deleteIfExists(folder.resolve("key"));
            List<String> made = new ArrayList<>(segments());
            made.removeAll(before);
            for (String segment : made) {
                Launched.by(List.of("ipcrm", "-m"), List.of(segment));
            }
        }
    }

    private static List<String> segments() throws IOException {
        List<String> numbers = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/sysvipc/shm"))) {
            numbers.add(line.strip().split("\\s+", -1)[1]);
        }
        return numbers;
    }

    private Path region() {
        return Path.of("/dev/shm/numactl-test-" + ProcessHandle.current().pid());
    }

    private List<String> arguments(String line) {
        List<String> arguments = new ArrayList<>();
        for (String word : CommandLines.words(line)) {
            switch (word) {
                case "PROBE" -> arguments.add(probe.toString());
                case "SHOW" -> arguments.addAll(List.of(Launched.REAL_PATH.toString(), "--show"));
                case "SHM" -> arguments.add(region().toString());
                case "KEY" -> arguments.add(folder.resolve("key").toString());
                default -> arguments.add(word);
            }
        }
        return arguments;
    }

    /** Where a program starts, in a process of its own; otherwise on a thread of its own, which spares a virtual machine. */
    private Launched ours(List<String> arguments) throws Exception {
        FutureTask<Launched> task = new FutureTask<>(() -> here(arguments));
        Thread thread = new Thread(task, "numactl");
        thread.start();
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StartsAProgram) {
                return Launched.by(installed, arguments);
            }
            throw e;
        }
    }

    private static Launched here(List<String> arguments) {
        LinuxCalls libc = new LibcCalls();
        LinuxCalls calls = (LinuxCalls) Proxy.newProxyInstance(
                LinuxCalls.class.getClassLoader(), new Class<?>[] {LinuxCalls.class}, (proxy, method, values) -> {
                    if (List.of("execvp", "execvpe", "setSignalMask", "ignoreSignal", "closeOnExec")
                            .contains(method.getName())) {
                        throw new StartsAProgram();
                    }
                    return method.invoke(libc, values);
                });
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Numactl.run(
                arguments.toArray(new String[0]),
                new Console(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                (question, args, program) -> {
                    throw new UncheckedIOException(new IOException("nothing was to be simulated"));
                },
                calls,
                FolderFiles.host());
        return Launched.of(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
