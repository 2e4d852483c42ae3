package dev.mitosis.cli.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Reads damaged inputs, and fails at the first that is neither read nor refused in one line; it prints the seed and keeps the input. */
final class Fuzzing {
    /** An input is read within this time, also on a slow machine; a reader that hangs is found by the test's own limit. */
    private static final long MOST_NANOS = 5_000_000_000L;

    private final Path file;
    private long refused;
    private long slowest;

    Fuzzing(Path file) {
        this.file = file;
    }

    /** Reads so many inputs of a reader; the same seed makes the same inputs. */
    void run(ForeignReader reader, long inputs, long seed) throws IOException {
        List<byte[]> right = reader.right();
        for (byte[] one : right) {
            Files.write(file, reader.wrapped(one));
            reader.read(file);
        }
        for (long input = 0; input < inputs; input++) {
            Random random = new Random(seed * 1_000_003 + input);
            byte[] damaged = reader.wrapped(new Damage(random)
                    .of(right.get(random.nextInt(right.size())), right.get(random.nextInt(right.size()))));
            Files.write(file, damaged);
            long started = System.nanoTime();
            read(reader, damaged, "seed " + seed + ", input " + input);
            slowest = Math.max(slowest, System.nanoTime() - started);
        }
    }

    private void read(ForeignReader reader, byte[] damaged, String which) {
        try {
            reader.read(file);
        } catch (IOException | IllegalArgumentException clean) {
            refused++;
            String message = String.valueOf(clean.getMessage());
            assertTrue(
                    clean.getMessage() != null && message.lines().count() <= 1,
                    () -> reader + ", " + which + ": not one line: " + clean);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError defect) {
            throw new AssertionError(
                    reader + ", " + which + ": " + HexFormat.of().formatHex(damaged, 0, Math.min(damaged.length, 2000)),
                    defect);
        }
    }

    long refused() {
        return refused;
    }

    /** Whether the slowest input kept the limit. */
    boolean wasInTime() {
        return slowest <= MOST_NANOS;
    }

    String summary(ForeignReader reader, long inputs) {
        return String.format(
                "fuzz: %s: %,d inputs, %,d refused, the slowest took %d ms",
                reader, inputs, refused, slowest / 1_000_000);
    }
}
