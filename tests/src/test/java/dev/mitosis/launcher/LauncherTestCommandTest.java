package dev.mitosis.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.launcher.Sandbox.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./mitosis test}: what it installs, and that its last line and exit code tell the truth. */
class LauncherTestCommandTest {
    private static final String REPORT =
            "<testsuite name=\"x\" time=\"0.1\" tests=\"%d\" errors=\"%d\" skipped=\"%d\" failures=\"%d\">\n</testsuite>";

    /** The user nobody, on any Linux. */
    private static final String NOBODY = "65534";

    @TempDir
    Path directory = Path.of("");

    private Sandbox sandbox;

    @BeforeEach
    void copyTheLauncher() throws IOException {
        sandbox = new Sandbox(directory, Path.of(System.getProperty("mitosis.root"), "mitosis"));
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    private void installEverything() throws IOException {
        for (String tool : List.of("qemu-x86_64", "gcc", "numactl", "sqlite3")) {
            Sandbox.script(sandbox.tools.resolve(tool), "#!/bin/sh\n");
        }
    }

    private Outcome test(Map<String, String> environment, String... prefix) throws Exception {
        List<String> command = new ArrayList<>(List.of(prefix));
        command.addAll(List.of(sandbox.root.resolve("mitosis").toString(), "test"));
        return sandbox.run(environment, directory, command);
    }

    private static String last(List<String> lines) {
        return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    }

    @Test
    void theLastLineCountsTheReports() throws Exception {
        installEverything();
        Outcome outcome = test(Map.of("MVN_REPORT", REPORT.formatted(9, 0, 2, 0)));
        assertEquals("7 passed, 0 failed, 2 skipped", last(outcome.out()));
        assertEquals(0, outcome.exitCode());
        assertTrue(
                last(sandbox.log("mvn.log")).endsWith(" verify"),
                sandbox.log("mvn.log").toString());
    }

    @Test
    void aFailureIsAFailure() throws Exception {
        installEverything();
        Outcome outcome = test(Map.of("MVN_REPORT", REPORT.formatted(9, 1, 2, 3)));
        assertEquals("3 passed, 4 failed, 2 skipped", last(outcome.out()));
        assertEquals(1, outcome.exitCode());
    }

    @Test
    void noTestsAtAllIsAFailure() throws Exception {
        installEverything();
        Outcome outcome = test(Map.of());
        assertEquals("0 passed, 0 failed, 0 skipped", last(outcome.out()));
        assertEquals(1, outcome.exitCode());
    }

    @Test
    void aBrokenBuildIsAFailureWhateverTheReportsOfEarlierRunsSay() throws Exception {
        installEverything();
        test(Map.of("MVN_REPORT", REPORT.formatted(9, 0, 0, 0)));
        Outcome outcome = test(Map.of("MVN_FAILS", "1"));
        assertEquals("0 passed, 0 failed, 0 skipped", last(outcome.out()));
        assertEquals(1, outcome.exitCode());
    }

    @Test
    void whatIsMissingIsInstalledByRootAndAskedForByOthers() throws Exception {
        Files.delete(Files.write(sandbox.tools.resolve("probe"), List.of()));
        String missing = "qemu-user gcc";
        if (isRoot()) {
            Outcome outcome = test(Map.of("MVN_REPORT", REPORT.formatted(1, 0, 0, 0)));
            assertTrue(
                    outcome.err().get(0).startsWith("mitosis: installing with apt-get: " + missing),
                    outcome.err() + "");
            assertTrue(
                    last(sandbox.log("apt.log")).contains("install " + missing),
                    sandbox.log("apt.log").toString());
            assertEquals(0, outcome.exitCode());
        }
        String[] asNobody = isRoot()
                ? new String[] {"/usr/bin/setpriv", "--reuid=" + NOBODY, "--clear-groups", "--"}
                : new String[0];
        int installed = sandbox.log("apt.log").size();
        Outcome outcome = test(Map.of(), asNobody);
        assertEquals(1, outcome.exitCode());
        assertTrue(
                last(outcome.err()).contains("sudo apt-get install --no-install-recommends " + missing),
                outcome.err() + "");
        assertEquals(installed, sandbox.log("apt.log").size());
    }

    @Test
    void helpInstallsNothing() throws Exception {
        Outcome outcome = sandbox.mitosis("test", "--help");
        assertEquals(List.of("test", "--help"), outcome.arguments());
        assertEquals(List.of(), sandbox.log("apt.log"));
    }
}
