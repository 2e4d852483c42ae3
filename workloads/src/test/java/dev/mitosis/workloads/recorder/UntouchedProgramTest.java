package dev.mitosis.workloads.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A program writes down what it was given; recorded it writes the same. */
class UntouchedProgramTest {
    private static final String STATE =
            """
            #define _GNU_SOURCE
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/resource.h>
            #include <sys/stat.h>
            #include <unistd.h>
            extern char **environ;
            int main(int argc, char **argv) {
                FILE *f = fopen(getenv("STATE_FILE"), "we");
                sigset_t blocked;
                sigprocmask(0, 0, &blocked);
                for (int i = 1; i < 65; i++) {
                    struct sigaction action;
                    if (sigismember(&blocked, i) > 0) fprintf(f, "blocked %d\\n", i);
                    if (!sigaction(i, 0, &action) && action.sa_handler == SIG_IGN) fprintf(f, "ignored %d\\n", i);
                }
                for (int i = 0; i < 300; i++) {
                    struct stat file;
                    if (i != fileno(f) && !fstat(i, &file)) fprintf(f, "open %d %lx\\n", i, (long)file.st_ino);
                }
                for (int i = 0; i < 16; i++) {
                    struct rlimit limit;
                    if (!getrlimit(i, &limit)) fprintf(f, "limit %d %lx %lx\\n", i, limit.rlim_cur, limit.rlim_max);
                }
                fprintf(f, "umask %o cwd %s group %d session %d\\n", umask(0), get_current_dir_name(), getpgrp(), getsid(0));
                for (int i = 0; i < argc; i++, fputc('\\n', f))
                    for (unsigned char *p = (void *)argv[i]; *p; p++) fprintf(f, "%02x", *p);
                for (char **e = environ; *e; e++, fputc('\\n', f))
                    for (unsigned char *p = (void *)*e; *p; p++) fprintf(f, "%02x", *p);
                fclose(f);
                return 0;
            }
            """;

    @TempDir
    private Path folder = Path.of(".");

    private Path program = Path.of(".");

    @BeforeEach
    void compile() throws Exception {
        assumeTrue(ProgramFile.inPath("cc") != null, "no C compiler is installed");
        Path source = Files.writeString(folder.resolve("state.c"), STATE);
        program = folder.resolve("state");
        assertEquals("", run("cc -w -O1 -o state " + source));
    }

    /** Runs a shell in the folder: what it prints, once it has ended well. Its descriptors are files, the same in each run. */
    private String run(String script) throws Exception {
        Path said = folder.resolve("said");
        Process shell = new ProcessBuilder("bash", "-c", script)
                .directory(folder.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertEquals(0, shell.waitFor(), () -> said + " says why");
        return Files.readString(said);
    }

    private static void needs(RecorderChoice recorder) throws Exception {
        String refusal = recorder == RecorderChoice.QEMU
                ? new QemuBackend().refusal(ProgramFile.find(List.of(ProgramFile.bytes("/bin/sh"))))
                : ValgrindTool.missing();
        assumeTrue(refusal == null, refusal);
    }

    /** Valgrind keeps signal 64 and twelve descriptors below the limit for itself, and its program sees that. */
    private static String kept(RecorderChoice recorder, List<String> state) {
        return state.stream()
                .filter(line ->
                        recorder == RecorderChoice.QEMU || !line.equals("ignored 64") && !line.startsWith("limit 7 "))
                .collect(java.util.stream.Collectors.joining("\n"));
    }

    /** What the program writes, natively and recorded, after a shell has prepared both the same way. */
    private void same(RecorderChoice recorder, String prepare, String properties) throws Exception {
        needs(recorder);
        String prefix = "export STATE_FILE=" + folder.resolve("out") + "; " + prepare + "; exec ";
        String arguments = program + " $'\\xc3\\xbc' $'bad\\xff' '' 'a b' @x -- -h 2>/dev/null";
        run(prefix + arguments);
        List<String> natively = Files.readAllLines(folder.resolve("out"));
        String java = Path.of(System.getProperty("java.home"), "bin", "java") + " -XX:-MaxFDLimit " + properties
                + " -cp " + System.getProperty("java.class.path") + " " + RecordedProgram.class.getName() + " "
                + recorder + " ";
        run(prefix + java + arguments);
        assertTrue(natively.size() > 20, natively.toString());
        assertEquals(kept(recorder, natively), kept(recorder, Files.readAllLines(folder.resolve("out"))), prepare);
    }

    @ParameterizedTest
    @EnumSource(names = {"QEMU", "VALGRIND"})
    void argumentsAndEnvironmentAreTheSameBytesInEveryLocale(RecorderChoice recorder) throws Exception {
        same(recorder, "export ODD=$'a\\xff' EMPTY= LC_ALL=C", "");
        same(recorder, "export ODD=$'\\xc3\\xbc' LC_ALL=C.UTF-8", "");
    }

    @ParameterizedTest
    @EnumSource(names = {"QEMU", "VALGRIND"})
    void signalsThatTheCallerIgnoredAreIgnoredAndNoOther(RecorderChoice recorder) throws Exception {
        same(recorder, "trap '' PIPE HUP", "-Dmitosis.ignored=1001");
    }

    @ParameterizedTest
    @EnumSource(names = {"QEMU", "VALGRIND"})
    void descriptorsAreThoseOfTheCallerAndClosedOnesStayClosed(RecorderChoice recorder) throws Exception {
        same(recorder, "exec 0<&- 7</etc/passwd 63</etc/group", "-Dmitosis.descriptors=1,2,7,63");
        same(recorder, "exec 0<&- 1>&-", "-Dmitosis.descriptors=2");
    }

    @ParameterizedTest
    @EnumSource(names = {"QEMU", "VALGRIND"})
    void limitsAndTheMaskOfNewFilesStay(RecorderChoice recorder) throws Exception {
        same(recorder, "umask 077; ulimit -n 777; ulimit -c 0", "");
    }

    /** A name that is no text in any locale. */
    @ParameterizedTest
    @EnumSource(names = {"QEMU", "VALGRIND"})
    void aProgramWhoseNameIsNotTextIsFound(RecorderChoice recorder) throws Exception {
        needs(recorder);
        String odd = "$'./n\\xff'";
        run("cp state " + odd);
        String java = Path.of(System.getProperty("java.home"), "bin", "java") + " -cp "
                + System.getProperty("java.class.path") + " " + RecordedProgram.class.getName() + " " + recorder + " ";
        run("export STATE_FILE=out LC_ALL=C; exec " + java + odd);
        assertTrue(Files.readString(folder.resolve("out")).contains("2e2f6eff"), "its first argument is its name");
    }
}
