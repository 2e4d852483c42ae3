package dev.mitosis.halnative.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class BitmasksTest {
    @Test
    void listsAreReadAndPrintedAlike() {
        for (String list : List.of("", "0", "0-3", "0,2,4-7,9")) {
            assertEquals(list, Bitmasks.list(Bitmasks.parseList(list)));
        }
        assertThrows(IllegalArgumentException.class, () -> Bitmasks.parseList("3-1"));
        assertThrows(IllegalArgumentException.class, () -> Bitmasks.parseList("1,,2"));
        assertThrows(IllegalArgumentException.class, () -> Bitmasks.parseList("0-99999999"));
    }

    @Test
    void wordsOf32BitsCountFromTheRight() {
        assertEquals("0-1,32-35", Bitmasks.list(Bitmasks.parseWords("000f,00000003")));
        assertThrows(IllegalArgumentException.class, () -> Bitmasks.parseWords("0,,x"));
    }

    @Test
    void callsGetAtLeastTheSizeTheyAskFor() {
        assertArrayEquals(new long[] {5, 0}, Bitmasks.words(Bitmasks.parseList("0,2"), 128));
    }
}
