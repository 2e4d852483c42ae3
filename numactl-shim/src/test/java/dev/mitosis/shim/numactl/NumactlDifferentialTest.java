package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The host's own numactl 2.0.16 is the oracle: the same arguments give the same output, messages and exit code. */
class NumactlDifferentialTest {
    private static final Path REAL = Path.of("/usr/bin/numactl");

    private record Outcome(int status, String out, String err) {}

    @BeforeEach
    void needsTheRealOne() {
        assumeTrue(Files.isExecutable(REAL), "numactl is not installed");
        assumeTrue(Files.isDirectory(Path.of("/sys/devices/system/node")), "this kernel has no NUMA");
    }

    /** Words are separated by spaces; {@code ''} is an empty word, and SHOW the real numactl's --show. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-H",
                "--hardware",
                "-s",
                "-s -H",
                "-H -s",
                "",
                "-m 0",
                "-m 99 true",
                "-m 0,99 true",
                "-m 0-99 true",
                "-m foo true",
                "-m 0x true",
                "-m 0,0 SHOW",
                "-m 0-0 SHOW",
                "-m all SHOW",
                "-m !0 true",
                "-m '' true",
                "-m +0 SHOW",
                "-i all SHOW",
                "-i 0 SHOW",
                "-i '' true",
                "-p 0 SHOW",
                "-p all SHOW",
                "-P 0 SHOW",
                "-l SHOW",
                "--localalloc SHOW",
                "--localalloc=3 true",
                "-b true",
                "-b -m 0 SHOW",
                "-C 0 SHOW",
                "-C all SHOW",
                "-C !0 SHOW",
                "-C +0 SHOW",
                "-C 9999 true",
                "-C 0-9999 true",
                "-C '' true",
                "--physcpubind 0 SHOW",
                "-N 0 SHOW",
                "-N 99 true",
                "-N '' true",
                "-c 0 SHOW",
                "--cpunodebind=0 SHOW",
                "-N same true",
                "-N 0 -m same SHOW",
                "-m 0 -i 0 true",
                "-l -m 0 true",
                "--foo",
                "-Z",
                "-m",
                "--membind",
                "--memb=0 SHOW",
                "--mem 0 true",
                "-a -C 0 SHOW",
                "--all true",
                "-- true",
                "nosuchprogram",
                "/tmp",
                "-bm0 SHOW",
                "-C0 SHOW",
                "-p !0 true",
                "-P !0 true",
                "-N !0 true",
                "-C 0-1-2 true",
                "-C 0,, true",
                "-m 0- true",
                "-m 0,all true",
                "-m all,0 true",
                "-m +5 true",
                "-m -1 true",
                "-m 9999999999 true",
                "-m 4294967296 true",
                "-C 09 true",
                "-C x true",
                "-C 99999999999999999999999 true",
                "-m same true",
                "-m netdev:lo true",
                "-m netdev:a/b true",
                "-m block:xx true",
                "-m file:/nonexist true",
                "-m pci:0 true",
                "-m pci:0:0.0 true",
                "-m ip:127.0.0.1 true",
                "-m foo:bar true",
                "-N 0 -a true",
                "-a -N 5 true",
                "-m 0 -b true",
                "-b -i 0 SHOW",
                "-V true",
                "-m 0 -V",
                "-d",
                "-D",
                "-t true",
                "-t",
                "-d true",
                "-L 4k true",
                "-L 4q true",
                "-o 4k",
                "-M 600 true",
                "-M x true",
                "-I 3 true",
                "-I x",
                "-u true",
                "-T true",
                "--p 0",
                "--pre 0 true",
                "--sh x",
                "--du",
                "--cpu 0 true",
                "--show=1",
                "--ha",
                "-s -x",
                "-f /nonexistent/x -L 4k",
                "-L 4k -f /nonexistent/x",
                "-N 0 -f /dev/shm/x",
                "-L 4k -N 0 true",
                "-L 4k -C 0 true",
                "-p 0 -S /tmp/x",
                "./"
            })
    void sameArgumentsSameAnswer(String words) throws Exception {
        List<String> arguments = arguments(words);
        assertEquals(run(List.of("numactl"), arguments), run(ours(), arguments));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 255})
    void exitCodesPassThrough(int code) throws Exception {
        assertEquals(
                code,
                run(ours(), List.of("-N", "0", "sh", "-c", "exit " + code)).status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kill -9 $$",
                "kill -TERM $$",
                "cat",
                "echo $HOME; ulimit -n; cat /proc/self/coredump_filter",
                "grep SigBlk /proc/self/status",
                "ls -l /proc/self/fd | sed 's/.* -> //; s/fd$//; s/[0-9]//g'"
            })
    void theProgramFindsWhatItWouldFind(String script) throws Exception {
        List<String> arguments = List.of("-N", "0", "sh", "-c", script);
        assertEquals(run(List.of("numactl"), arguments), run(ours(), arguments));
    }

    private static List<String> arguments(String words) {
        List<String> arguments = new ArrayList<>();
        for (String word : words.split(" ", -1)) {
            switch (word) {
                case "" -> {}
                case "''" -> arguments.add("");
                case "SHOW" -> arguments.addAll(List.of(REAL.toString(), "--show"));
                default -> arguments.add(word);
            }
        }
        return arguments;
    }

    /** This build's numactl, with the virtual machine's options as the launcher gives them. */
    private static List<String> ours() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xrs",
                "-Dmitosis.descriptors=0-2",
                "-XX:-UsePerfData",
                "-XX:-MaxFDLimit",
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:-DumpPrivateMappingsInCore",
                "-XX:-DumpSharedMappingsInCore",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.mitosis.shim.Main",
                "numactl");
    }

    private static Outcome run(List<String> program, List<String> arguments) throws IOException, InterruptedException {
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
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command + " hangs");
            }
            return new Outcome(
                    process.exitValue(),
                    Files.readString(out).replaceAll("free: \\d+ MB", "free"),
                    withoutUsage(Files.readString(err, StandardCharsets.UTF_8)));
        } finally {
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
            Files.deleteIfExists(in);
        }
    }

    /** The usage differs by what ours adds. */
    private static String withoutUsage(String text) {
        int usage = text.indexOf("usage: numactl");
        return usage < 0 ? text : text.substring(0, usage) + "usage";
    }
}
