package dev.mitosis.lab.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuestConfigurationTest {
    @ParameterizedTest
    @CsvSource({
        "LL, false, false, false, false, false, LL",
        "RL, false, false, true, false, false, LL",
        "LRI, false, false, false, true, true, LL",
        "RRIE, false, false, true, false, true, LL",
        "RRIG, false, false, false, true, true, LL",
        "TRRIM, true, false, false, false, true, TLL",
        "TFRRI, true, true, true, true, true, TFLL",
        "TRI, true, false, true, false, true, TL",
        "RIM, false, false, false, false, true, L",
    })
    void aNameSaysWhereTheTreesAre(
            String name, boolean thp, boolean fragmented, boolean guest, boolean ept, boolean busy, String local) {
        GuestConfiguration parsed = GuestConfiguration.parse(name);
        assertEquals(thp, parsed.thp());
        assertEquals(fragmented, parsed.isFragmented());
        assertEquals(guest, parsed.remoteGuestTables());
        assertEquals(ept, parsed.remoteEpt());
        assertEquals(busy, parsed.isBusy());
        assertEquals(local, parsed.local().name());
        assertTrue(GuestConfiguration.matches(name));
    }

    @Test
    void otherNamesAreRefused() {
        for (String name : new String[] {"F", "FM", "OF", "SL", "FLL", "EIA", "LLX", "", "LP-LD"}) {
            assertFalse(GuestConfiguration.matches(name), name);
            assertThrows(IllegalArgumentException.class, () -> GuestConfiguration.parse(name), name);
        }
    }
}
