package dev.mitosis.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final List<String> COMMANDS = List.of("replay", "record", "reproduce", "run", "whatif", "doctor");

    @Test
    void aSlipOfTheFingersFindsTheWord() {
        assertEquals(List.of("whatif"), Nearest.to("whatfi", COMMANDS)); // two letters swapped
        assertEquals(List.of("replay"), Nearest.to("repaly", COMMANDS));
        assertEquals(List.of("doctor"), Nearest.to("DOCTR", COMMANDS));
    }

    @Test
    void theBeginningOfAWordFindsIt() {
        assertEquals(List.of("reproduce"), Nearest.to("repr", COMMANDS));
    }

    @Test
    void whatIsFarFromAllFindsNothing() {
        assertEquals("", Nearest.didYouMean("frobnicate", COMMANDS));
    }

    @Test
    void aValueIsNoPartOfAnOption() {
        assertEquals(
                "; did you mean --machine?",
                Nearest.didYouMean("--machin=x", List.of("--machine", "--matrix", "--seed")));
    }
}
