package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The host's own numactl 2.0.16 is the oracle: the same arguments give the same output, messages and exit code to the byte, and
 * leave the program the same affinity, memory policy, signals and descriptors.
 */
class NumactlDifferentialTest {
    @TempDir
    private static Path folder = Path.of(".");

    private static Path probe = Path.of(".");
    private static List<String> ours = List.of();

    @BeforeAll
    static void needsTheRealOne() throws Exception {
        assumeTrue(Files.isExecutable(Launched.REAL_PATH), "numactl is not installed");
        assumeTrue(Files.isDirectory(Path.of("/sys/devices/system/node")), "this kernel has no NUMA");
        Optional<Path> compiled = Probe.compile(folder);
        assumeTrue(compiled.isPresent(), "gcc is not installed");
        probe = compiled.orElseThrow();
        ours = InstalledLauncher.in(Files.createDirectory(folder.resolve("installed")));
    }

    static List<String> commandLines() throws IOException {
        return CommandLines.all();
    }

    @Test
    void theTableIsLarge() throws IOException {
        List<String> lines = CommandLines.all();
        assertTrue(lines.size() >= 500, "only " + lines.size());
        assertEquals(lines.size(), lines.stream().distinct().count(), "a line is there twice");
    }

    @ParameterizedTest
    @MethodSource("commandLines")
    void sameArgumentsSameAnswer(String line) throws Exception {
        BothNumactls both = new BothNumactls(folder, probe, ours);
        assertEquals(both.real(line), both.ours(line));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 255})
    void exitCodesPassThrough(int code) throws Exception {
        assertEquals(
                code,
                Launched.by(ours, List.of("-N", "0", "sh", "-c", "exit " + code))
                        .status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kill -9 $$",
                "kill -TERM $$",
                "kill -QUIT $$",
                "kill -PIPE $$; echo alive",
                "kill -XFSZ $$; echo alive",
                "cat",
                "tr '\\\\0' '\\\\n' </proc/$$/environ",
                "echo $0 $*; ulimit -a; ulimit -Ha; cat /proc/self/coredump_filter; cat /proc/self/oom_score_adj",
                "grep -E 'Sig|Shd|Cap|Seccomp|NoNewPrivs|Speculation|THP_enabled|Threads' /proc/self/status | grep -v SigQ",
                "cat /proc/self/timerslack_ns /proc/self/sched 2>/dev/null | grep -E '^policy|^prio|^[0-9]+$'",
                "ls -l /proc/self/fd | sed 's/.* -> //; s/fd$//; s/[0-9]//g'"
            })
    void theProgramFindsWhatItWouldFind(String script) throws Exception {
        List<String> arguments = List.of("-N", "0", "sh", "-c", script);
        assertEquals(Launched.by(Launched.REAL, arguments), Launched.by(ours, arguments));
    }

    @Test
    void itHasTheDescriptorsOfItsCallerAndNoOthers() throws Exception {
        String open = "exec 5</dev/zero 9>/dev/null 3<&-; \"$@\"";
        List<String> tail =
                List.of("-N", "0", "sh", "-c", "ls -l /proc/$$/fd | sed 's/.* \\([0-9]* -> \\)/\\1/; /tmp/d; /pipe/d'");
        assertEquals(by(open, "numactl", tail), by(open, ours.get(0), tail));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cd /; exec env -i \"$@\"",
                "exec env -i ONE=1 EMPTY= 'odd name=x' LONG=\"$(printf '%0999d' 0)\" \"$@\"",
                "exec env -i \"LATIN=$(printf '\\351')\" -- \"$@\"",
                "exec env -i LC_ALL=C 'TEXT=é' \"$@\"",
                "exec env -i BASH_ENV=/nonexistent SHLVL=7 _=mine -u PWD \"$@\""
            })
    void itHasTheEnvironmentOfItsCaller(String start) throws Exception {
        String path = Path.of(System.getProperty("java.home")).toString();
        assertTrue(Files.isDirectory(Path.of(path)), path);
        List<String> tail = List.of("-N", "0", "/bin/cat", "/proc/self/environ");
        assertEquals(by(start, Launched.REAL_PATH.toString(), tail), by(start, ours.get(0), tail));
    }

    @Test
    void argumentsAreTheBytesThatTheyWere() throws Exception {
        String start = "LC_ALL=C exec \"$@\" \"$(printf 'a\\377b')\" 'é' '' \"$(printf 'x\\ny')\"";
        List<String> tail = List.of("-N", "0", probe.toString(), "@file", "-Dx=y", "--", "*");
        assertEquals(by(start, "numactl", tail), by(start, ours.get(0), tail));
    }

    /** Runs a command by a shell that first does something. */
    private static Launched by(String shell, String launcher, List<String> tail) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("-c", shell, "sh", launcher));
        arguments.addAll(tail);
        return Launched.by(List.of("bash"), arguments);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PIPE", "INT QUIT", "HUP", "XFSZ USR2 BUS FPE"})
    void ignoredSignalsStayIgnored(String signals) throws Exception {
        List<String> script =
                List.of("-c", "trap '' " + signals + "; exec \"$@\"", "sh", "grep", "Sig[BIC]", "/proc/self/status");
        List<String> real = new ArrayList<>(script);
        real.addAll(3, List.of("numactl", "-N", "0"));
        List<String> mine = new ArrayList<>(script);
        mine.addAll(3, List.of(ours.get(0), "-N", "0"));
        assertEquals(Launched.by(List.of("bash"), real), Launched.by(List.of("bash"), mine));
    }
}
