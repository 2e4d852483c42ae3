package dev.mitosis.lab.model.thin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Which kinds of pages a published share of walk cycles is made of. */
class PageSharesTest {
    @Test
    void betweenBasePagesAndWhatIsAllocated() {
        // Allocation leaves 0.8: half way from 1 is 0.9.
        assertEquals(0.5, PageShares.of(0.9, 0.8, 0.2).allocated(), 1e-9);
        assertEquals(0.5, PageShares.of(0.9, 0.8, 0.2).base(), 1e-9);
        assertEquals(new PageShares(0, 1, 0), PageShares.of(0.8, 0.8, 0.2));
    }

    @Test
    void betweenWhatIsAllocatedAndHugePagesEverywhere() {
        assertEquals(1.0 / 3, PageShares.of(0.6, 0.8, 0.2).whole(), 1e-9);
        assertEquals(2.0 / 3, PageShares.of(0.6, 0.8, 0.2).allocated(), 1e-9);
    }

    @Test
    void beyondTheEndsStaysAtTheEnds() {
        assertEquals(PageShares.BASE, PageShares.of(1.1, 0.8, 0.2));
        assertEquals(new PageShares(0, 0, 1), PageShares.of(0.1, 0.8, 0.2));
        // Nothing grows: both are the same.
        assertEquals(new PageShares(0, 0, 1), PageShares.of(0.1, 0.3, 0.3));
    }

    @Test
    void aSumIsWeighted() {
        double sum = new PageShares(0.25, 0.75, 0).sum(pages -> switch (pages) {
            case BASE -> 100;
            case ALLOCATED -> 20;
            case WHOLE -> Double.NaN;
        });
        assertEquals(40, sum, 1e-9);
    }
}
