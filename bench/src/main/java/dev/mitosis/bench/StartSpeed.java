package dev.mitosis.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How long {@code bin/numactl -N 0 true} takes from start to end, beside a virtual machine that runs nothing and, where it is
 * installed, the system's numactl.
 *
 * <p>Rounds run each once, in turn; a figure is the minimum, because all else that the host does only adds.
 */
final class StartSpeed {
    private static final int ROUNDS = 25;
    private static final int WARM_ROUNDS = 2;
    private static final Path SYSTEM = Path.of("/usr/bin/numactl");

    private StartSpeed() {}

    static void print(SpeedReport report, Path home) throws IOException, InterruptedException {
        List<String> ours = launcher(home.resolve("bin/numactl"));
        List<String> empty = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path").split(":", 2)[0],
                EmptyProgram.class.getName());
        List<String> system = Files.isExecutable(SYSTEM) ? launcher(SYSTEM) : empty;
        double[] least = new double[3];
        Arrays.fill(least, Double.MAX_VALUE);
        for (int round = -WARM_ROUNDS; round < ROUNDS; round++) {
            double[] now = {millis(ours), millis(empty), millis(system)};
            for (int i = 0; i < now.length && round >= 0; i++) {
                least[i] = Math.min(least[i], now[i]);
            }
        }
        report.figure("start", "numactl -N 0 true", "milliseconds", least[0]);
        report.figure("start", "an empty virtual machine", "milliseconds", least[1]);
        report.line(
                "numactl -N 0 true: %.1f ms, an empty virtual machine %.1f ms: %.2fx; the system's numactl %s",
                least[0],
                least[1],
                least[0] / least[1],
                system.equals(empty) ? "is not installed" : String.format(Locale.ROOT, "%.1f ms", least[2]));
    }

    private static List<String> launcher(Path numactl) {
        return List.of(numactl.toString(), "-N", "0", "true");
    }

    private static double millis(List<String> command) throws IOException, InterruptedException {
        long started = System.nanoTime();
        Process process = new ProcessBuilder(command).inheritIO().start();
        int status = process.waitFor();
        double millis = (System.nanoTime() - started) / 1e6;
        if (status != 0) {
            throw new IOException(String.join(" ", command) + " exits with " + status);
        }
        return millis;
    }
}
