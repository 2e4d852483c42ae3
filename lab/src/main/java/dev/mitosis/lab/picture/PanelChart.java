package dev.mitosis.lab.picture;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.TexturePaint;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.CategoryLabelPositions;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.labels.ItemLabelAnchor;
import org.jfree.chart.labels.ItemLabelPosition;
import org.jfree.chart.labels.StandardCategoryItemLabelGenerator;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.renderer.category.GroupedStackedBarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.KeyToGroupMap;
import org.jfree.data.category.CategoryDataset;

/** One panel as a chart: two stacked bars for each configuration. */
final class PanelChart {
    static final Color WALK = new Color(0xC8452F);
    static final Color REST = new Color(0x2F6690);
    private static final Color INK = new Color(0x222222);
    private static final Color GRID = new Color(0xDDDDDD);
    private static final int HATCH_PIXELS = 8;
    /** Room above the highest bar, as a share of the axis, for what stands there. */
    private static final double HEADROOM = 0.14;

    private PanelChart() {}

    static JFreeChart of(Panel panel, String unit) {
        CategoryAxis names = new CategoryAxis();
        names.setTickLabelFont(font(Font.PLAIN, 14));
        names.setTickLabelPaint(INK);
        names.setCategoryLabelPositions(CategoryLabelPositions.createUpRotationLabelPositions(Math.PI / 5));
        names.setMaximumCategoryLabelWidthRatio(4);
        names.setLowerMargin(0.01);
        names.setUpperMargin(0.01);
        names.setCategoryMargin(0.22);
        NumberAxis values = new NumberAxis(unit);
        values.setLabelFont(font(Font.PLAIN, 14));
        values.setTickLabelFont(font(Font.PLAIN, 14));
        values.setUpperMargin(HEADROOM);
        values.setAutoRangeIncludesZero(true);
        CategoryPlot plot = new CategoryPlot(panel.bars(), names, values, renderer(panel));
        plot.setBackgroundPaint(Color.WHITE);
        plot.setRangeGridlinePaint(GRID);
        plot.setRangeGridlineStroke(new BasicStroke(1));
        plot.setOutlineVisible(false);
        plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
        JFreeChart chart = new JFreeChart(panel.workload(), font(Font.BOLD, 19), plot, false);
        chart.setBackgroundPaint(Color.WHITE);
        chart.setPadding(new RectangleInsets(4, 8, 4, 12));
        TextTitle title = chart.getTitle();
        title.setPaint(INK);
        return chart;
    }

    private static GroupedStackedBarRenderer renderer(Panel panel) {
        GroupedStackedBarRenderer renderer = new GroupedStackedBarRenderer();
        KeyToGroupMap groups = new KeyToGroupMap("published");
        groups.mapKeyToGroup(Panel.PREDICTED_WALK, "ours");
        groups.mapKeyToGroup(Panel.PREDICTED_REST, "ours");
        renderer.setSeriesToGroupMap(groups);
        renderer.setBarPainter(new StandardBarPainter());
        renderer.setShadowVisible(false);
        renderer.setItemMargin(0.04);
        renderer.setMaximumBarWidth(0.12);
        for (int series = 0; series < Panel.SERIES.size(); series++) {
            renderer.setSeriesPaint(series, paint(Panel.SERIES.get(series)));
        }
        renderer.setDefaultItemLabelsVisible(true);
        renderer.setDefaultItemLabelFont(font(Font.BOLD, 12));
        renderer.setDefaultItemLabelPaint(INK);
        ItemLabelPosition above = new ItemLabelPosition(ItemLabelAnchor.OUTSIDE12, TextAnchor.BOTTOM_CENTER);
        renderer.setDefaultPositiveItemLabelPosition(above);
        renderer.setPositiveItemLabelPositionFallback(above);
        renderer.setDefaultItemLabelGenerator(new Above(panel));
        return renderer;
    }

    /** The paint of a series: what is published is hatched in the colour of what we predict. */
    static Paint paint(String series) {
        return switch (series) {
            case Panel.PREDICTED_WALK -> WALK;
            case Panel.PREDICTED_REST -> REST;
            case Panel.PUBLISHED_WALK -> hatched(WALK);
            default -> hatched(REST);
        };
    }

    private static TexturePaint hatched(Color colour) {
        BufferedImage tile = new BufferedImage(HATCH_PIXELS, HATCH_PIXELS, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = tile.createGraphics();
        graphics.setPaint(lighter(colour));
        graphics.fillRect(0, 0, HATCH_PIXELS, HATCH_PIXELS);
        graphics.dispose();
        for (int x = 0; x < HATCH_PIXELS; x++) {
            for (int wide = 0; wide < 2; wide++) {
                tile.setRGB(x, Math.floorMod(-x - wide, HATCH_PIXELS), colour.getRGB());
            }
        }
        return new TexturePaint(tile, new Rectangle2D.Double(0, 0, HATCH_PIXELS, HATCH_PIXELS));
    }

    private static Color lighter(Color colour) {
        return new Color(part(colour.getRed()), part(colour.getGreen()), part(colour.getBlue()));
    }

    private static int part(int value) {
        return 255 - (255 - value) / 4;
    }

    static Font font(int style, int size) {
        return new Font(Font.SANS_SERIF, style, size);
    }

    /** What stands above the bars. */
    private static final class Above extends StandardCategoryItemLabelGenerator {
        private static final long serialVersionUID = 1;
        private final transient Panel panel;

        Above(Panel panel) {
            this.panel = panel;
        }

        @Override
        public String generateLabel(CategoryDataset dataset, int row, int column) {
            return panel.label(String.valueOf(dataset.getRowKey(row)), String.valueOf(dataset.getColumnKey(column)));
        }
    }
}
