package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code bin/numactl} as scripts meet it: found in PATH, through links, from anywhere, nested. The cases of {@code checkaffinity} and
 * {@code bind_range} of numactl's own tests are among them.
 */
class InstalledNumactlTest {
    private static final Path AFFINITY = Path.of("/usr/bin/taskset");

    @TempDir
    private static Path folder = Path.of(".");

    private static Path root = Path.of(".");
    private static String numactl = "";

    @BeforeAll
    static void install() throws IOException {
        assumeTrue(Files.isExecutable(Launched.REAL_PATH), "numactl is not installed");
        root = Files.createDirectory(folder.resolve("a folder"));
        numactl = InstalledLauncher.in(root).get(0);
    }

    /** Runs a script in which {@code numactl} is whatever stands first in this PATH. */
    private static Launched script(String path, String script, String... arguments)
            throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("-c", "PATH=\"$0:$PATH\"; " + script, path));
        words.addAll(List.of(arguments));
        return Launched.by(List.of("bash"), words);
    }

    private static Launched ours(String script) throws IOException, InterruptedException {
        return script(root.resolve("bin").toString(), script);
    }

    private static Launched real(String script) throws IOException, InterruptedException {
        return script("/usr/bin", script);
    }

    static Stream<String> cpus() {
        return IntStream.range(0, Runtime.getRuntime().availableProcessors()).mapToObj(Integer::toString);
    }

    @ParameterizedTest
    @MethodSource("cpus")
    void anInnerNumactlShowsWhatTheOuterOneBound(String cpu) throws Exception {
        Launched shown = ours("numactl --physcpubind=" + cpu + " numactl --show");
        assertTrue(shown.out().contains("\nphyscpubind: " + cpu + " \n"), shown.toString());
        assertEquals(real("numactl --physcpubind=" + cpu + " numactl --show"), shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "numactl --all --physcpubind=1 true",
                "numactl --physcpubind=1 --all true",
                "taskset -c 0 numactl --physcpubind=1 true",
                "taskset -c 0 numactl --physcpubind=0-1 true",
                "taskset -c 0 numactl --all --physcpubind=0-1 grep Cpus_allowed /proc/self/status",
                "taskset -c 1 numactl --physcpubind=+0 grep Cpus_allowed /proc/self/status",
                "taskset -c 1 numactl --cpunodebind=0 grep Cpus_allowed /proc/self/status",
                "taskset -c 1 numactl --show",
                "taskset -c 0 numactl --physcpubind=!0 true",
                "taskset -c 0 numactl --all --physcpubind=!0 grep Cpus_allowed /proc/self/status"
            })
    void whatTheCallerMayUseLimitsRanges(String script) throws Exception {
        assumeTrue(Files.isExecutable(AFFINITY), "taskset is not installed");
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "one processor is no range");
        assertEquals(real(script), ours(script));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cd / && numactl -N 0 pwd",
                "hash -r; type numactl >/dev/null && env -i /bin/sh -c 'exec \"$0\" -N 0 /usr/bin/env' \"$(type -P numactl)\"",
                "unset JAVA_HOME; numactl -N 0 echo there",
                "JAVA_HOME=/nowhere numactl -N 0 printenv JAVA_HOME",
                "JAVA_TOOL_OPTIONS=-Dx=y JDK_JAVA_OPTIONS=-Xnonsense _JAVA_OPTIONS='-Xmx1 k' numactl -N 0 env | grep JAVA_",
                "JAVA_TOOL_OPTIONS=-Dx=y numactl -N 0 no-such-program; echo $?",
                "CDPATH=/ ENV=/nowhere BASH_ENV=/nowhere numactl -N 0 printenv CDPATH ENV BASH_ENV",
                "numactl -N 0 numactl -m 0 numactl -C 0 echo nested"
            })
    void itRunsFromAnywhereInAnyEnvironment(String script) throws Exception {
        Launched expected = real(script);
        assertEquals(0, expected.status(), expected.toString());
        assertEquals(expected, ours(script));
    }

    @Test
    void itRunsThroughALinkInAnotherFolder() throws Exception {
        Path elsewhere = Files.createDirectory(folder.resolve("else where"));
        Files.createSymbolicLink(elsewhere.resolve("numactl"), Path.of(numactl));
        Path relative = Files.createDirectory(folder.resolve("relative"));
        Files.createSymbolicLink(relative.resolve("numactl"), Path.of("..", "else where", "numactl"));
        Path ofFolder = Files.createSymbolicLink(folder.resolve("programs"), root.resolve("bin"));
        for (Path path : List.of(elsewhere, relative, ofFolder)) {
            Launched launched = script(path.toString(), "cd / && numactl -N 0 echo \"$1\"", "two  words");
            assertEquals(new Launched(0, "two  words\n", ""), launched, path.toString());
        }
        assertEquals(
                new Launched(0, "here\n", ""),
                Launched.by(List.of("bash", "-c", "cd \"$0\" && ./numactl -N 0 echo here"), List.of(root + "/bin")));
    }

    @Test
    void streamsThatTheCallerClosedAreClosedForTheProgram() throws Exception {
        for (String closed : List.of("0<&-", "1>&-", "0<&- 1>&-", "0<&- 1>&- 3>&2 2>&-")) {
            String script = "exec 5>&1 " + closed + "; numactl -N 0 bash -c "
                    + "'for fd in 0 1 2 3; do [[ -e /proc/$$/fd/$fd ]] && echo $fd >&5; done; exit 0'";
            assertEquals(real(script), ours(script), closed);
        }
    }

    @Test
    void outputThatCannotBeWrittenIsAFailure() throws Exception {
        for (String lost : List.of(">/dev/full", ">&-")) {
            Launched launched = ours("numactl --show " + lost);
            assertEquals(new Launched(1, "", "numactl: cannot write to standard output\n"), launched, lost);
        }
    }

    @Test
    void withoutAJavaItSaysSoInALine() throws Exception {
        Path few = Files.createDirectory(folder.resolve("few"));
        for (String tool : List.of("readlink", "find")) {
            Files.copy(Path.of("/usr/bin", tool), few.resolve(tool), StandardCopyOption.COPY_ATTRIBUTES);
        }
        Path script = root.resolve("bin/lib/java.sh");
        String text = Files.readString(script);
        try {
            Files.writeString(script, text.replace("/usr/lib/jvm/*", "/nowhere/*"));
            Launched launched = Launched.by(
                    List.of("env", "-i", "PATH=" + few, "JAVA_HOME=/nowhere", numactl), List.of("-N", "0", "true"));
            assertEquals(1, launched.status());
            assertEquals("", launched.out());
            assertTrue(launched.err().startsWith("mitosis: no JDK 17 or newer in JAVA_HOME, PATH"), launched.err());
            assertEquals(1, launched.err().lines().count());
        } finally {
            Files.writeString(script, text);
        }
    }
}
