package dev.mitosis.cli.machine;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.topology.HostCache;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.util.List;
import java.util.Locale;

/**
 * Draws a machine as SVG: a box for each node with its processors and memory, and the distances as a matrix, the farther the darker.
 *
 * <p>Shape: nodes in rows of at most eight, the matrix below them, caches under it. No script, no reference to anything outside the file.
 */
final class TopologyDrawing {
    private static final int COLUMNS = 8;
    private static final int BOX_WIDTH = 150;
    private static final int BOX_HEIGHT = 92;
    private static final int GAP = 14;
    private static final int CELL = 34;
    private static final int LINE = 18;
    private static final int MOST_TEXT = 20;
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    private final StringBuilder out = new StringBuilder();

    private TopologyDrawing() {}

    static String svg(HostTopology topology) {
        return new TopologyDrawing().draw(topology);
    }

    private String draw(HostTopology topology) {
        List<HostNode> nodes = topology.nodes();
        int columns = Math.max(1, Math.min(COLUMNS, nodes.size()));
        int rows = (nodes.size() + columns - 1) / columns;
        int matrixTop = GAP + rows * (BOX_HEIGHT + GAP) + 2 * LINE;
        int matrixSize = (nodes.size() + 1) * CELL;
        int cachesTop = matrixTop + matrixSize + 2 * LINE;
        int width = Math.max(columns * (BOX_WIDTH + GAP) + GAP, matrixSize + 2 * GAP + 200);
        int height = cachesTop + topology.caches().size() * LINE + GAP;
        out.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " font-family=\"sans-serif\" font-size=\"12\">%n",
                width,
                height,
                width,
                height));
        out.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        for (int i = 0; i < nodes.size(); i++) {
            int x = GAP + i % columns * (BOX_WIDTH + GAP);
            int y = GAP + i / columns * (BOX_HEIGHT + GAP);
            node(nodes.get(i), x, y);
        }
        text(GAP, matrixTop - LINE / 2, "distances", "start", "#444444");
        matrix(topology, GAP, matrixTop);
        int y = cachesTop;
        for (HostCache cache : topology.caches()) {
            text(
                    GAP,
                    y,
                    cache.name() + ": " + (cache.instances() > 0 ? cache.instances() : "?") + " × "
                            + (cache.sizeBytes() >> 10) + " KiB",
                    "start",
                    "#444444");
            y += LINE;
        }
        return out.append("</svg>\n").toString();
    }

    private void node(HostNode node, int x, int y) {
        boolean hasMemory = node.sizeBytes() != 0;
        boolean hasCpus = !node.cpus().isEmpty();
        String fill = hasMemory && hasCpus ? "#e3eefb" : hasMemory ? "#e6f4e1" : "#fbefd9";
        out.append(String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%s\" stroke=\"#5b7a99\"/>%n",
                x,
                y,
                BOX_WIDTH,
                BOX_HEIGHT,
                fill));
        int middle = x + BOX_WIDTH / 2;
        text(middle, y + LINE, "node " + node.number(), "middle", "#000000");
        int cpus = node.cpus().cardinality();
        text(middle, y + 2 * LINE, cpus == 0 ? "no processors" : cpus + " processors", "middle", "#222222");
        text(middle, y + 3 * LINE, cpus == 0 ? "" : shortened(Bitmasks.list(node.cpus())), "middle", "#222222");
        text(middle, y + 4 * LINE, memory(node), "middle", "#222222");
    }

    private static String memory(HostNode node) {
        long bytes = node.sizeBytes();
        if (bytes <= 0) {
            return bytes == 0 ? "no memory" : "memory unknown";
        }
        return bytes >= 4 * GIB ? (bytes + GIB / 2) / GIB + " GiB" : (bytes + MIB / 2) / MIB + " MiB";
    }

    private static String shortened(String list) {
        return list.length() <= MOST_TEXT ? list : list.substring(0, MOST_TEXT - 1) + "…";
    }

    private void matrix(HostTopology topology, int left, int top) {
        List<HostNode> nodes = topology.nodes();
        int most = 1;
        for (int from = 0; from < nodes.size(); from++) {
            for (int to = 0; to < nodes.size(); to++) {
                most = Math.max(most, topology.distance(from, to));
            }
        }
        for (int i = 0; i < nodes.size(); i++) {
            String number = Integer.toString(nodes.get(i).number());
            cellText(left + (i + 1) * CELL, top, number, "#000000");
            cellText(left, top + (i + 1) * CELL, number, "#000000");
            for (int to = 0; to < nodes.size(); to++) {
                int distance = topology.distance(i, to);
                int x = left + (to + 1) * CELL;
                int y = top + (i + 1) * CELL;
                int light = distance <= 0 ? 245 : 255 - 150 * distance / most;
                out.append(String.format(
                        Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"rgb(%d,%d,255)\""
                                + " stroke=\"#ffffff\"/>%n",
                        x,
                        y,
                        CELL,
                        CELL,
                        light,
                        light));
                cellText(x, y, distance <= 0 ? "?" : Integer.toString(distance), "#000000");
            }
        }
    }

    private void cellText(int x, int y, String text, String colour) {
        text(x + CELL / 2, y + CELL / 2 + 4, text, "middle", colour);
    }

    private void text(int x, int y, String text, String anchor, String colour) {
        String safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        out.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                colour,
                safe));
    }
}
