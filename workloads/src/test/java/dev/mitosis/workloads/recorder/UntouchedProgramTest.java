package dev.mitosis.workloads.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        assumeTrue(ProgramFile.inPath("qemu-x86_64") != null, "qemu-user is not installed");
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

    /** What the program writes, natively and recorded, after a shell has prepared both the same way. */
    private void same(String prepare, String properties) throws Exception {
        String prefix = "export STATE_FILE=" + folder.resolve("out") + "; " + prepare + "; exec ";
        String arguments = program + " $'\\xc3\\xbc' $'bad\\xff' '' 'a b' @x -- -h 2>/dev/null";
        run(prefix + arguments);
        List<String> natively = Files.readAllLines(folder.resolve("out"));
        String java = Path.of(System.getProperty("java.home"), "bin", "java") + " -XX:-MaxFDLimit " + properties + " -cp "
                + System.getProperty("java.class.path") + " " + RecordedProgram.class.getName() + " ";
        run(prefix + java + arguments);
        assertTrue(natively.size() > 20, natively.toString());
        assertEquals(
                String.join("\n", natively), String.join("\n", Files.readAllLines(folder.resolve("out"))), prepare);
    }

    @Test
    void argumentsAndEnvironmentAreTheSameBytesInEveryLocale() throws Exception {
        same("export ODD=$'a\\xff' EMPTY= LC_ALL=C", "");
        same("export ODD=$'\\xc3\\xbc' LC_ALL=C.UTF-8", "");
    }

    @Test
    void signalsThatTheCallerIgnoredAreIgnoredAndNoOther() throws Exception {
        same("trap '' PIPE HUP", "-Dmitosis.ignored=1001");
    }

    @Test
    void descriptorsAreThoseOfTheCallerAndClosedOnesStayClosed() throws Exception {
        same("exec 0<&- 7</etc/passwd 63</etc/group", "-Dmitosis.descriptors=1,2,7,63");
        same("exec 0<&- 1>&-", "-Dmitosis.descriptors=2");
    }

    @Test
    void limitsAndTheMaskOfNewFilesStay() throws Exception {
        same("umask 077; ulimit -n 777; ulimit -c 0", "");
    }

    /** A name that is no text in any locale. */
    @Test
    void aProgramWhoseNameIsNotTextIsFound() throws Exception {
        String odd = "$'./n\\xff'";
        run("cp state " + odd);
        String java = Path.of(System.getProperty("java.home"), "bin", "java") + " -cp " + System.getProperty("java.class.path")
                + " " + RecordedProgram.class.getName() + " ";
        run("export STATE_FILE=out LC_ALL=C; exec " + java + odd);
        assertTrue(Files.readString(folder.resolve("out")).contains("2e2f6eff"), "its first argument is its name");
    }
}
