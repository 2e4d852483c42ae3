package dev.mitosis.cli.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mitosis.lab.whatif.PageSizes.Ratio;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The sums below the table, and the sentence that says what they are worth. */
class VerifyReportTest {
    private static VerifyReport report(double load, double predicted) {
        return new VerifyReport(
                "here",
                load,
                List.of(
                        new VerifyReport.Line("update", "huge", 2.0, 0.01, new Ratio(1.5, predicted, 2.5)),
                        new VerifyReport.Line("stream", "huge", 1.02, 0.01, new Ratio(1, 1.02, 1.05)),
                        new VerifyReport.Line("update", "busy", 1.5, 0.02, new Ratio(1.1, 1.35, 1.4))));
    }

    @Test
    void errorsAreSharesOfWhatWasMeasured() throws IOException {
        String text = report(0.1, 2.1).text();
        assertTrue(text.contains("mean error 2.5 % (huge), 10.0 % (busy), worst 10.0 %"), text);
        assertTrue(text.contains("sign right for 2 of 2 effects above 5 %; 2 of 3 within the interval"), text);
        JsonNode json = new ObjectMapper().readTree(report(0.1, 2.1).json());
        assertEquals(3, json.get("ratios").size());
        assertEquals(1.35, json.get("ratios").get(2).get("predicted").asDouble());
        assertEquals(4, report(0.1, 2.1).csv().lines().count());
    }

    @Test
    void aWrongSignIsCounted() {
        String text = report(0.1, 0.9).text();
        assertTrue(text.contains("sign right for 1 of 2 effects"), text);
        assertTrue(
                report(0.1, 0.9).trust().startsWith("Predictions are off by 28 %"),
                report(0.1, 0.9).trust());
    }

    @Test
    void aLoadedMachineIsNotTrusted() {
        assertTrue(
                report(0.1, 2.1).trust().contains("within 3 %"),
                report(0.1, 2.1).trust());
        assertTrue(report(4, 2.1).trust().startsWith("Do not trust this: 4.0 processes"));
    }

    @Test
    void noiseIsHalfOfWhatTheMiddleHalfSpans() {
        List<Double> turns = List.of(9.0, 1.0, 1.1, 1.2, 1.3, 0.1, 1.15, 1.25);
        assertEquals(1.175, NativeRuns.Measured.median(turns), 1e-9);
        assertEquals((1.25 - 1.1) / 2 / 1.175, NativeRuns.Measured.noise(turns), 1e-9);
    }
}
