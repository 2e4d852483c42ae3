package dev.mitosis.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.launcher.Sandbox.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherTest {
    @TempDir
    Path directory = Path.of("");

    private Sandbox sandbox;

    @BeforeEach
    void copyTheLauncher() throws IOException {
        sandbox = new Sandbox(directory, Path.of(System.getProperty("mitosis.root"), "mitosis"));
    }

    private String launcher() {
        return sandbox.root.resolve("mitosis").toString();
    }

    @Test
    void argumentsArriveAsTheyWereTyped() throws Exception {
        String[] typed = {"run", "two words", "", "*", "$(touch pwned)", "a'b\"c", "`id`", "\\", "-x"};
        Outcome outcome = sandbox.mitosis(typed);
        assertEquals(List.of(typed), outcome.arguments());
        assertEquals(0, outcome.exitCode());
        assertFalse(Files.exists(sandbox.root.resolve("pwned")));
    }

    @Test
    void itRunsThroughALinkFromAnotherDirectory() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), sandbox.root.resolve("mitosis"));
        Outcome outcome = sandbox.run(Map.of(), directory, List.of(link.toString(), "--help"));
        assertEquals(List.of("--help"), outcome.arguments());
        assertTrue(
                outcome.out().contains("-Dmitosis.home=" + sandbox.root),
                outcome.out().toString());
        Outcome relative = sandbox.run(Map.of(), sandbox.root, List.of("./mitosis", "--help"));
        assertEquals(List.of("--help"), relative.arguments());
    }

    @Test
    void theClassPathHoldsWhatTheBuildMade() throws Exception {
        Outcome outcome = sandbox.mitosis("--help");
        Path app = sandbox.root.resolve("target/app").toRealPath();
        assertEquals(
                app.resolve("lib/cli-0.jar") + ":" + app.resolve("lib/lib.jar"),
                outcome.out().get(outcome.out().indexOf("-cp") + 1));
    }

    @Test
    void nativeLibrariesAreThoseThatTheBuildUnpacked() throws Exception {
        Outcome outcome = sandbox.mitosis("topology");
        Path app = sandbox.root.resolve("target/app").toRealPath();
        for (String option : List.of("-Djna.boot.library.path=" + app, "-DZstdNativePath=" + app + "/libzstd-jni.so")) {
            assertTrue(outcome.out().contains(option), outcome.out().toString());
        }
        assertTrue(Files.exists(app.resolve("libzstd-jni.so")));
        assertTrue(Files.exists(app.resolve("libjnidispatch.so")));
    }

    @Test
    void tooFewOpenFilesAreSaidInOneLine() throws Exception {
        sandbox.mitosis("--help");
        for (int files : new int[] {20, 63}) {
            Outcome outcome = sandbox.run(
                    Map.of(),
                    directory,
                    List.of("bash", "-c", "ulimit -n " + files + " && exec \"$0\" topology", launcher()));
            assertEquals(1, outcome.exitCode(), outcome.err().toString());
            assertEquals(1, outcome.err().size(), outcome.err().toString());
            assertTrue(
                    outcome.err()
                            .get(0)
                            .startsWith("mitosis: this needs 64 open files, and the limit is " + files + ";"),
                    outcome.err().toString());
        }
    }

    @Test
    void itBuildsOnceAndAgainWhenASourceChanged() throws Exception {
        assertEquals(1, sandbox.mitosis("--help").err().size()); // says that it builds
        assertEquals(List.of(), sandbox.mitosis("--help").err());
        assertEquals(1, sandbox.log("mvn.log").size());
        Path source = Files.writeString(sandbox.root.resolve("lab/src/main/java/New.java"), "class New {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(2)));
        sandbox.mitosis("--help");
        assertEquals(2, sandbox.log("mvn.log").size());
    }

    @Test
    void twoFirstUsesBuildOnce() throws Exception {
        Process first = new ProcessBuilder(
                        "env",
                        "-i",
                        "PATH=" + sandbox.tools,
                        "SANDBOX=" + sandbox.tools,
                        "JAVA_HOME=" + directory.resolve("jdk 17.0.1"),
                        launcher(),
                        "--help")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("first").toFile())
                .start();
        Outcome second = sandbox.mitosis("--help");
        assertEquals(0, first.waitFor());
        assertEquals(0, second.exitCode());
        assertEquals(1, sandbox.log("mvn.log").size());
    }

    private List<String> builds() throws IOException {
        try (var files = Files.list(sandbox.root.resolve("target"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.startsWith("app."))
                    .toList();
        }
    }

    private void changeASource(String name) throws IOException {
        Path source = Files.writeString(sandbox.root.resolve("lab/src/main/java/" + name), "class New {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(2)));
    }

    @Test
    void onlyTheLastBuildIsKept() throws Exception {
        sandbox.mitosis("--help");
        changeASource("New.java");
        sandbox.mitosis("--help");
        assertEquals(
                List.of(String.valueOf(
                        sandbox.root.resolve("target/app").toRealPath().getFileName())),
                builds());
    }

    @Test
    void aBuildThatAProgramRunsFromIsKeptUntilItEnds() throws Exception {
        Path fifo = directory.resolve("wait");
        Process made = new ProcessBuilder("mkfifo", fifo.toString()).inheritIO().start();
        assertEquals(0, made.waitFor());
        Path java = directory.resolve("jdk 17.0.1/bin/java");
        String prints = Files.readString(java);
        Files.writeString(java, prints + "[[ $* != *' run'* ]] || read -r _ <'" + fifo + "'\n");
        Process running = new ProcessBuilder(
                        "env",
                        "-i",
                        "PATH=" + sandbox.tools,
                        "SANDBOX=" + sandbox.tools,
                        "JAVA_HOME=" + directory.resolve("jdk 17.0.1"),
                        launcher(),
                        "run")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("first").toFile())
                .start();
        // Opening the pipe for writing waits until the running program has come to reading it.
        try (var goOn = Files.newOutputStream(fifo)) {
            changeASource("New.java");
            sandbox.mitosis("--help");
            assertEquals(2, builds().size());
            goOn.write('\n');
        }
        assertEquals(0, running.waitFor());
        changeASource("Newer.java");
        sandbox.mitosis("--help");
        assertEquals(1, builds().size());
    }

    @Test
    void aFailedBuildLeavesNothingBehind() throws Exception {
        Outcome outcome = sandbox.run(Map.of("MVN_FAILS", "1"), directory, List.of(launcher(), "--help"));
        assertEquals(1, outcome.exitCode());
        assertEquals(List.of(), outcome.out());
        assertEquals(
                "mitosis: the build failed", outcome.err().get(outcome.err().size() - 1));
        assertFalse(Files.exists(sandbox.root.resolve("target/app")));
        assertEquals(List.of(), builds());
        assertEquals(0, sandbox.mitosis("--help").exitCode());
    }

    @Test
    void aJavaHomeThatIsTooOldIsPassedOver() throws Exception {
        Path old = sandbox.jdk("1.8.0_392");
        Path recent = sandbox.jdk("25");
        Files.createSymbolicLink(sandbox.tools.resolve("java"), recent.resolve("bin/java"));
        Files.createSymbolicLink(sandbox.tools.resolve("javac"), recent.resolve("bin/javac"));
        Outcome outcome = sandbox.run(Map.of("JAVA_HOME", old.toString()), directory, List.of(launcher(), "--help"));
        assertEquals("java 25", outcome.out().get(0));
        assertTrue(
                outcome.out().contains("--enable-native-access=ALL-UNNAMED"),
                outcome.out().toString());
    }

    @Test
    void theHeapFollowsTheCommand() throws Exception {
        assertEquals("-Xmx128m", sandbox.mitosis("--help").heap());
        assertEquals("-Xmx128m", sandbox.mitosis("run", "--help").heap());
        String simulation = sandbox.mitosis("run", "--machine", "m").heap();
        assertTrue(Integer.parseInt(simulation.replaceAll("\\D", "")) >= 1024, simulation);
        Map<String, String> chosen = Map.of("MITOSIS_HEAP", "123m");
        assertEquals(
                "-Xmx123m",
                sandbox.run(chosen, directory, List.of(launcher(), "run")).heap());
    }

    @Test
    void aHeapThatIsNoSizeIsRefused() throws Exception {
        Outcome outcome = sandbox.run(Map.of("MITOSIS_HEAP", "much"), directory, List.of(launcher(), "run"));
        assertEquals(1, outcome.exitCode());
        assertEquals(
                "mitosis: MITOSIS_HEAP must be a size such as 6g, not 'much'",
                outcome.err().get(outcome.err().size() - 1));
    }

    @Test
    void aMachineThatIsTooSmallIsRefused() throws Exception {
        Path heap = sandbox.root.resolve("bin/lib/heap.sh");
        String script = Files.readString(heap);
        String greedy = script.replace("size_heap 1024", "size_heap 99999999");
        assertFalse(greedy.equals(script));
        Files.writeString(heap, greedy);
        Outcome outcome = sandbox.mitosis("run");
        assertEquals(1, outcome.exitCode());
        String line = outcome.err().get(outcome.err().size() - 1);
        assertTrue(
                line.startsWith("mitosis: 'run' needs a heap of at least 99999999 MiB, and this machine has "), line);
        assertEquals(List.of(), outcome.out());
    }

    @Test
    void numactlStartsSmallAndLeavesTheProgramsLimitsAlone() throws Exception {
        for (List<String> numactl : List.of(List.of(launcher(), "numactl"), List.of(numactl()))) {
            List<String> command = new ArrayList<>(numactl);
            command.addAll(List.of("-N", "0", "prog", "two words", "--whatif"));
            Outcome outcome = sandbox.run(Map.of(), directory, command);
            assertEquals(List.of("-N", "0", "prog", "two words", "--whatif"), outcome.numactlArguments());
            assertEquals("-Xmx128m", outcome.heap());
            assertTrue(
                    outcome.out().containsAll(List.of("-XX:-MaxFDLimit", "-Xlog:disable")),
                    outcome.out().toString());
        }
    }

    private String numactl() {
        return sandbox.root.resolve("bin/numactl").toString();
    }

    private Outcome numactl(Map<String, String> environment) throws Exception {
        return sandbox.run(environment, directory, List.of(numactl(), "--show"));
    }

    @Test
    void numactlBuildsOnceAndAgainWhenASourceOfItsOwnChanged() throws Exception {
        assertEquals(1, numactl(Map.of()).err().size()); // says that it builds
        assertEquals(List.of(), numactl(Map.of()).err());
        int builds = 1;
        for (String folder : List.of(
                "numactl-shim/src/main/java/dev/mitosis/shim/numactl",
                "numactl-shim/src/main/java/dev/mitosis/shim/numactl/logging",
                "hal-native/src/main/java/dev/mitosis/halnative",
                "hal-native/src/main/java/dev/mitosis/halnative/replication",
                "mm-core/src/main/java/dev/mitosis/hal")) {
            Path sources = Files.createDirectories(sandbox.root.resolve(folder));
            Files.writeString(sources.resolve("New.java"), "class New {}");
            assertEquals(List.of("--show"), numactl(Map.of()).numactlArguments());
            assertEquals(++builds, sandbox.log("mvn.log").size(), folder);
        }
    }

    @Test
    void numactlFollowsJavaHomeAndAnUpgradeOfJava() throws Exception {
        assertEquals("java 17.0.1", numactl(Map.of()).out().get(0));
        Path other = sandbox.jdk("25");
        Outcome moved = numactl(Map.of("JAVA_HOME", other.toString()));
        assertEquals("java 25", moved.out().get(0));
        assertTrue(
                moved.out().contains("--enable-native-access=ALL-UNNAMED"),
                moved.out().toString());
        assertEquals("java 17.0.1", numactl(Map.of()).out().get(0));
        Path release = Path.of(directory.resolve("jdk 17.0.1").toString(), "release");
        Files.writeString(release, "JAVA_VERSION=\"22.0.2\"\n");
        Files.setLastModifiedTime(release, FileTime.from(Instant.EPOCH)); // as a package manager does
        assertTrue(
                numactl(Map.of()).out().contains("--enable-native-access=ALL-UNNAMED"),
                numactl(Map.of()).out().toString());
    }

    @Test
    void optionsForTheProgramsJavaAreKeptFromOurs() throws Exception {
        Outcome outcome = numactl(Map.of("JAVA_TOOL_OPTIONS", "-Dx=y", "OTHER", "z"));
        assertTrue(outcome.out().contains("-Dmitosis.kept=true"), outcome.out().toString());
        assertFalse(numactl(Map.of("OTHER", "z")).out().contains("-Dmitosis.kept=true"));
    }
}
