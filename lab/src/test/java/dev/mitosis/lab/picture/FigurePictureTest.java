package dev.mitosis.lab.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.lab.score.Figure.Walk;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import javax.imageio.ImageIO;
import org.jfree.chart.plot.CategoryPlot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FigurePictureTest {
    private static final Figure FIGURE = new Figure(
            "fig",
            "Two workloads",
            "billions of cycles",
            List.of(
                    Row.baseline("one", "LP-LD", 200, 200).withWalk(new Walk(OptionalDouble.of(50), 50)),
                    Row.of("one", "RPI-LD", 600, 580).withWalk(new Walk(OptionalDouble.of(450), 440)),
                    Row.of("one", "RPI-LD+M", 200, 190).withWalk(new Walk(OptionalDouble.of(60), 40)),
                    Row.baseline("two", "LP-LD", 1000, 1000).withWalk(new Walk(OptionalDouble.of(100), 100)),
                    Row.alone("two", "RPI-LD", 1500).withWalk(new Walk(OptionalDouble.empty(), 600))),
            List.of());

    @TempDir
    private Path folder = Path.of("");

    /** What the chart is handed, bar by bar: run time over that of the first bar, walks below. */
    @Test
    void barsAreTheNumbersOfTheFigure() {
        Panel one = Panel.of(FIGURE).get(0);
        CategoryPlot plot = PanelChart.of(one, "").getCategoryPlot();
        assertEquals(0.25, plot.getDataset().getValue(Panel.PREDICTED_WALK, "LP-LD"));
        assertEquals(0.75, plot.getDataset().getValue(Panel.PREDICTED_REST, "LP-LD"));
        // 450 of 600 are walks, and the first bar is 200
        assertEquals(2.25, plot.getDataset().getValue(Panel.PUBLISHED_WALK, "RPI-LD"));
        assertEquals(0.75, plot.getDataset().getValue(Panel.PUBLISHED_REST, "RPI-LD"));
        assertEquals(2.2, plot.getDataset().getValue(Panel.PREDICTED_WALK, "RPI-LD"));
        assertEquals(0.7, plot.getDataset().getValue(Panel.PREDICTED_REST, "RPI-LD"));
        // The highest bar is three times the first, and has room above it for its label.
        assertEquals(0, plot.getRangeAxis().getLowerBound());
        assertEquals(3.3, plot.getRangeAxis().getUpperBound(), 0.25);
        Panel two = Panel.of(FIGURE).get(1);
        assertNull(two.bars().getValue(Panel.PUBLISHED_REST, "RPI-LD"), "nobody has published it");
        assertEquals(0.6, two.bars().getValue(Panel.PREDICTED_WALK, "RPI-LD"));
    }

    @Test
    void speedupsStandAboveTheBars() {
        Panel one = Panel.of(FIGURE).get(0);
        assertEquals("", one.label(Panel.PREDICTED_REST, "LP-LD"));
        assertEquals("3.0×", one.label(Panel.PUBLISHED_REST, "RPI-LD+M"));
        assertEquals("3.1×", one.label(Panel.PREDICTED_REST, "RPI-LD+M")); // 580 / 190
        assertEquals("2.9×", one.label(Panel.PREDICTED_REST, "RPI-LD")); // 580 / 200
        assertEquals("", one.label(Panel.PREDICTED_WALK, "RPI-LD"));
        assertEquals("", Panel.of(FIGURE).get(1).label(Panel.PUBLISHED_REST, "RPI-LD"));
    }

    @Test
    void theFileIsAPictureInTheColoursOfItsLegend() throws Exception {
        Path file = folder.resolve("fig.png");
        FigurePicture.write(FIGURE, file);
        BufferedImage image = ImageIO.read(file.toFile());
        assertNotNull(image, "not a picture");
        assertTrue(image.getWidth() >= 1000 && image.getWidth() <= 2700, image.toString());
        assertTrue(image.getHeight() >= 500 && image.getHeight() <= 2700, image.toString());
        // Swatches have some 500 pixels; bars have more.
        assertTrue(count(image, PanelChart.WALK.getRGB()) > 5000, "bars of walks");
        assertTrue(count(image, PanelChart.REST.getRGB()) > 5000, "bars of the rest");
    }

    /** Of a figure that is not of run times, a bar is the number itself. */
    @Test
    void otherNumbersAreDrawnAsTheyAre() throws Exception {
        Figure shares = new Figure("fig", "Shares", "percent", List.of(Row.of("w", "socket 0", 75, 60)), List.of());
        Panel panel = Panel.of(shares).get(0);
        assertEquals(75.0, panel.bars().getValue(Panel.PUBLISHED_REST, "socket 0"));
        assertEquals(60.0, panel.bars().getValue(Panel.PREDICTED_REST, "socket 0"));
        assertEquals(0, count(FigurePicture.draw(shares), PanelChart.WALK.getRGB()), "there are no walks");
    }

    /** Java 17 on a host with an empty /usr/share/fonts throws a bare Error. */
    @Test
    void aHostWithoutFontsIsTold() {
        String told = String.valueOf(assertThrows(
                        NoFontsException.class,
                        () -> FigurePicture.requireFonts(() -> {
                            throw new Error("Probable fatal error: No physical fonts found.");
                        }))
                .getMessage());
        assertTrue(told.contains("fonts-dejavu-core") && told.lines().count() == 1, told);
    }

    private static long count(BufferedImage image, int rgb) {
        long count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                count += image.getRGB(x, y) == rgb ? 1 : 0;
            }
        }
        return count;
    }
}
