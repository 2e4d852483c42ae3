package dev.mitosis.lab.picture;

import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Speedup;
import dev.mitosis.workloads.trace.PartialFile;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * A figure as a PNG: a title, what the colours mean, and the panels of the workloads in a grid.
 *
 * <p>Errors: {@link NoFontsException} where the host has no fonts.
 */
public final class FigurePicture {
    private static final int MARGIN = 28;
    private static final int HEADER_PIXELS = 128;
    private static final int FOOTER_PIXELS = 44;
    private static final int PANEL_HEIGHT = 420;
    private static final int AXIS_PIXELS = 100;
    private static final int CONFIGURATION_PIXELS = 92;
    private static final int LEAST_PANEL_WIDTH = 500;
    private static final int MOST_WIDTH = 2800;
    private static final int LEAST_WIDTH = 1100;
    private static final int SWATCH = 22;
    private static final Color INK = new Color(0x222222);

    private FigurePicture() {}

    /** Draws a figure to a file. */
    public static void write(Figure figure, Path file) throws IOException, NoFontsException {
        ByteArrayOutputStream image = new ByteArrayOutputStream();
        ImageIO.setUseCache(false);
        if (!ImageIO.write(draw(figure), "png", image)) {
            throw new IllegalStateException("no writer of PNG in this Java");
        }
        try (PartialFile part = new PartialFile(file)) {
            part.write(ByteBuffer.wrap(image.toByteArray()));
            part.commit();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    static BufferedImage draw(Figure figure) throws NoFontsException {
        requireFonts(FigurePicture::measureALetter);
        List<Panel> panels = Panel.of(figure);
        boolean isRunTime = figure.rows().stream().anyMatch(row -> row.walk().isPresent());
        int configurations = panels.stream()
                .mapToInt(panel -> panel.bars().getColumnCount())
                .max()
                .orElse(1);
        int panelWidth = Math.max(LEAST_PANEL_WIDTH, AXIS_PIXELS + configurations * CONFIGURATION_PIXELS);
        int across = Math.max(1, Math.min(panels.size(), MOST_WIDTH / panelWidth));
        // As few columns as the same number of lines takes: four panels are two and two, not three and one.
        int down = (panels.size() + across - 1) / across;
        across = (panels.size() + down - 1) / down;
        int width = Math.max(LEAST_WIDTH, across * panelWidth + 2 * MARGIN);
        int height = HEADER_PIXELS + down * PANEL_HEIGHT + FOOTER_PIXELS;
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setPaint(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        header(graphics, figure, isRunTime);
        double step = (width - 2.0 * MARGIN) / across;
        for (int i = 0; i < panels.size(); i++) {
            int line = i / across;
            Rectangle2D place = new Rectangle2D.Double(
                    MARGIN + i % across * step, HEADER_PIXELS + line * PANEL_HEIGHT, step, PANEL_HEIGHT);
            PanelChart.of(panels.get(i), isRunTime ? "run time / local" : figure.unit())
                    .draw(graphics, place);
        }
        footer(graphics, figure, isRunTime, height);
        graphics.dispose();
        return image;
    }

    private static void header(Graphics2D graphics, Figure figure, boolean isRunTime) {
        text(graphics, figure.id() + ": " + figure.title(), PanelChart.font(Font.BOLD, 27), MARGIN, 44);
        String unit = isRunTime
                ? "run time as a multiple of each workload's first bar as published, of which walks below"
                : figure.unit();
        String score = unit + "; " + figure.scoreText();
        text(graphics, score, PanelChart.font(Font.PLAIN, 16), MARGIN, 74);
        int x = MARGIN;
        for (String series : Panel.SERIES) {
            boolean isWalk = series.equals(Panel.PUBLISHED_WALK) || series.equals(Panel.PREDICTED_WALK);
            if (isRunTime || !isWalk) {
                String name = isRunTime ? series : series.substring(0, series.indexOf(':'));
                x = legend(graphics, PanelChart.paint(series), name, x, 92);
            }
        }
    }

    private static int legend(Graphics2D graphics, Paint paint, String name, int x, int y) {
        graphics.setPaint(paint);
        graphics.fillRect(x, y, SWATCH, SWATCH);
        Font font = PanelChart.font(Font.PLAIN, 17);
        text(graphics, name, font, x + SWATCH + 8, y + 17);
        return x + SWATCH + 40 + graphics.getFontMetrics(font).stringWidth(name);
    }

    private static void footer(Graphics2D graphics, Figure figure, boolean isRunTime, int height) {
        List<Speedup> speedups = Speedup.of(figure);
        if (!isRunTime || speedups.isEmpty()) {
            return;
        }
        boolean hasRemote = speedups.stream().anyMatch(speedup -> !speedup.isByMitosis());
        String meaning = "Above a bar with +M: its speedup over the same without."
                + (hasRemote ? "  Above a remote one: the speedup of all local over it, with the same page size." : "");
        text(graphics, meaning, PanelChart.font(Font.PLAIN, 16), MARGIN, height - 18);
    }

    private static void text(Graphics2D graphics, String text, Font font, int x, int y) {
        graphics.setFont(font);
        graphics.setPaint(INK);
        graphics.drawString(text, x, y);
    }

    private static void measureALetter() {
        PanelChart.font(Font.PLAIN, 12).getStringBounds("M", new FontRenderContext(null, true, true));
    }

    /** Tries what needs fonts: without, Java fails by a bare Error, by linkage, or by an exception, as its version and the host have it. */
    static void requireFonts(Runnable attempt) throws NoFontsException {
        try {
            attempt.run();
        } catch (OutOfMemoryError full) {
            throw full;
        } catch (RuntimeException | Error none) {
            throw new NoFontsException(none);
        }
    }
}
