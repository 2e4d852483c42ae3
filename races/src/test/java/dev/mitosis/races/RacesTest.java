package dev.mitosis.races;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every race under jcstress, in a virtual machine of its own; no outcome that is not listed may be seen. */
class RacesTest {
    private static final int RACES = 6;
    private static final Pattern TOTALS = Pattern.compile("Results: (\\d+) planned; (\\d+) passed, (\\d+) failed");

    @Test
    void onlyListedOutcomesAreSeen(@TempDir Path folder) throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        int status = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.openjdk.jcstress.Main",
                        "-t",
                        "dev.mitosis.races",
                        "-c",
                        "2",
                        "-f",
                        "1",
                        "-iters",
                        "1",
                        "-time",
                        System.getProperty("mitosis.races.millis", "500"),
                        // One kind of virtual machine and one way to compile the actors: all of them take an hour.
                        "-jvmArgs",
                        "-XX:+UseSerialGC -Xmx256m",
                        "-sc",
                        "false",
                        "-r",
                        folder.resolve("report").toString()))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        String text = Files.readString(log);
        Matcher totals = TOTALS.matcher(text);
        int planned = 0;
        int failed = -1;
        while (totals.find()) {
            planned = Integer.parseInt(totals.group(1));
            failed = Integer.parseInt(totals.group(3));
        }
        assertEquals(0, status, text);
        assertEquals(0, failed, text);
        assertTrue(planned >= RACES, "only " + planned + " runs were planned:\n" + text);
        System.out.println("jcstress: " + planned + " runs of " + RACES + " races, no outcome that is not listed");
    }
}
