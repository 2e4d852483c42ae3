package dev.mitosis.cli.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The short run of {@link FuzzCampaign}, in every build. */
class ForeignReaderTest {
    private static final int INPUTS = 1500;

    @TempDir
    private Path folder = Path.of(".");

    @ParameterizedTest
    @EnumSource
    void damagedInputIsReadOrRefusedInOneLine(ForeignReader reader) throws IOException {
        Fuzzing fuzzing = new Fuzzing(folder.resolve("input" + reader.suffix()));
        int inputs = reader == ForeignReader.OWN_EVENTS ? INPUTS / 10 : INPUTS;
        fuzzing.run(reader, inputs, 1);
        assertTrue(fuzzing.refused() > inputs / 50, fuzzing.summary(reader, inputs));
    }
}
