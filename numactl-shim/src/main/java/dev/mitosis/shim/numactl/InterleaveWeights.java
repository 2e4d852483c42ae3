package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.SystemFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;

/**
 * How many pages weighted interleave puts on each node in turn, which {@code --show} prints when the numactl that is installed does: one
 * newer than 2.0.19. Whoever reads the answer of one reads ours.
 *
 * <p>Cost: a process, for a task with that policy only.
 *
 * <p>Source: Linux {@code Documentation/ABI/testing/sysfs-kernel-mm-mempolicy-weighted-interleave}: a weight is 1 to 255.
 */
final class InterleaveWeights {
    private static final Path INSTALLED = Path.of("/usr/bin/numactl");
    private static final String WEIGHTS = "/sys/kernel/mm/mempolicy/weighted_interleave/node";
    private static final int[] LAST_WITHOUT = {2, 0, 19};
    private static final int MOST_BYTES = 4096;
    private static final int SECONDS = 5;

    private final SystemFiles files;

    InterleaveWeights(SystemFiles files) {
        this.files = files;
    }

    boolean arePrinted() {
        return isNewer(installedVersion());
    }

    /** Whether a version is beyond the last that does not print weights; false for what is no version. */
    static boolean isNewer(String version) {
        String[] parts = version.strip().split("\\.", -1);
        for (int i = 0; i < LAST_WITHOUT.length; i++) {
            if (i == parts.length || !parts[i].matches("[0-9]{1,6}")) {
                return false;
            }
            int difference = Integer.parseInt(parts[i]) - LAST_WITHOUT[i];
            if (difference != 0) {
                return difference > 0;
            }
        }
        return false;
    }

    private static String installedVersion() {
        if (!Files.isExecutable(INSTALLED)) {
            return "";
        }
        try {
            Process process = new ProcessBuilder(INSTALLED.toString(), "--version")
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
            return process.waitFor(SECONDS, TimeUnit.SECONDS) ? text : "";
        } catch (IOException e) {
            return ""; // it cannot be run: nobody has its answer
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    void print(Console console, BitSet nodes) {
        console.out("interleaveweights: ");
        for (int node = nodes.nextSetBit(0); node >= 0; node = nodes.nextSetBit(node + 1)) {
            console.out(files.read(WEIGHTS + node).orElse("1").strip() + " ");
        }
        console.out("\n");
    }
}
