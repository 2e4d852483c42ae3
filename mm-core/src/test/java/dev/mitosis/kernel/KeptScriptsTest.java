package dev.mitosis.kernel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The scripts that once showed a difference between the host's kernel and ours, and some that should never. */
class KeptScriptsTest {
    private static final Path KEPT = Path.of("src/test/resources/dev/mitosis/kernel/regressions");

    @Test
    void noKeptScriptShowsADifference() throws Exception {
        Assumptions.assumeTrue(HostKernel.isAvailable(), "no C compiler is installed");
        List<Path> scripts;
        try (Stream<Path> files = Files.list(KEPT)) {
            scripts = files.sorted().toList();
        }
        assertFalse(scripts.isEmpty());
        try (HostComparison both = new HostComparison()) {
            for (Path script : scripts) {
                assertNull(both.firstDifference(read(script)), script.toString());
            }
        }
    }

    private static List<Call> read(Path script) throws IOException {
        List<Call> calls = new ArrayList<>();
        for (String line : Files.readAllLines(script)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                calls.add(Call.parse(line));
            }
        }
        return calls;
    }
}
