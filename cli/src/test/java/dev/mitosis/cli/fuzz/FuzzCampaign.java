package dev.mitosis.cli.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A million damaged inputs over all readers: {@code ./mitosis check --fuzz}, in a heap of 512 MiB. */
class FuzzCampaign {
    private static final long INPUTS = Long.getLong("mitosis.check.ops", 1_000_000);
    private static final long SEED = Long.getLong("mitosis.check.seed", 1);
    /** Of replays, which build a machine each. */
    private static final int FEWER = 20;

    @TempDir
    private Path folder = Path.of(".");

    @ParameterizedTest
    @EnumSource
    void damagedInputIsReadOrRefusedInOneLine(ForeignReader reader) throws IOException {
        long share = INPUTS / (ForeignReader.values().length - 1) + 1;
        long inputs = reader == ForeignReader.OWN_EVENTS ? share / FEWER : share;
        Fuzzing fuzzing = new Fuzzing(folder.resolve("input" + reader.suffix()));
        fuzzing.run(reader, inputs, SEED);
        System.out.println(fuzzing.summary(reader, inputs));
        assertTrue(fuzzing.wasInTime(), fuzzing.summary(reader, inputs));
    }
}
