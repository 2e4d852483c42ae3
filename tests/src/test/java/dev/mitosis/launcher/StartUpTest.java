package dev.mitosis.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What numactl loads before it becomes a program: that, and not a clock, says whether it starts at once. */
class StartUpTest {
    /** 670 were loaded on Java 17, some 450 of them by Java itself. */
    private static final int MOST_CLASSES = 800;

    @TempDir
    private Path folder = Path.of(".");

    private List<String> loadedBy(String... arguments) throws IOException, InterruptedException {
        Path shim = Path.of(System.getProperty("mitosis.root"), "numactl-shim", "target");
        Path jar = shim.resolve("start/numactl.jar");
        assumeTrue(Files.isReadable(jar), "numactl.jar is made when the module is packaged");
        Path log = folder.resolve("classes");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xlog:class+load:file=" + log,
                "-Djna.nosys=true",
                "-Djna.nounpack=true",
                "-Djna.boot.library.path=" + shim.resolve("jna/com/sun/jna/linux-x86-64"),
                "-Djna.platform.library.path=/usr/lib",
                "-cp",
                jar.toString(),
                "dev.mitosis.shim.numactl.NumactlMain"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertTrue(process.waitFor(1, TimeUnit.MINUTES), command + " hangs");
        assertEquals(0, process.exitValue());
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains(" source: "))
                    .map(line -> line.replaceAll("^(\\[[^]]*])* *", "").split(" ", 2)[0])
                    .toList();
        }
    }

    @Test
    void upToExecNothingIsLoadedThatTakesLong() throws Exception {
        List<String> loaded = loadedBy("-N", "0", "true");
        assertTrue(loaded.contains("com.sun.jna.Native"), "JNA makes the calls");
        List<String> heavy = loaded.stream()
                .filter(name -> name.startsWith("java.util.logging.")
                        || name.startsWith("java.util.regex.")
                        || name.startsWith("java.util.stream.")
                        || name.startsWith("com.sun.jna.Structure$FFIType$size_t")
                        || name.contains("$$Lambda")
                        || name.contains("$Proxy"))
                .toList();
        assertEquals(List.of(), heavy);
        assertTrue(loaded.size() < MOST_CLASSES, loaded.size() + " classes");
    }
}
