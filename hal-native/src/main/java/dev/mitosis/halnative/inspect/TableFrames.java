package dev.mitosis.halnative.inspect;

import dev.mitosis.halnative.files.SystemFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts the frames that hold page tables, by node, of the whole machine: for root, from {@code /proc/kpageflags}.
 *
 * <p>Source: Linux {@code Documentation/admin-guide/mm/pagemap.rst} (bit 26, PGTABLE), {@code mm/vmstat.c:zoneinfo_show_print}.
 *
 * <p>Cost: reads 8 bytes a frame, some 50 ms a 16 GiB.
 */
public final class TableFrames {
    private static final long PGTABLE = 1L << 26;
    private static final int BUFFER_BYTES = 1 << 20;
    private static final Pattern ZONE = Pattern.compile("Node (\\d{1,4}), zone +(\\S+)");

    /** Frames of a zone, which may have holes. */
    private record Zone(int node, long first, long end) {}

    private TableFrames() {}

    /**
     * Frames by number of node; none where zones are not told.
     *
     * <p>Errors: {@link IOException} where the flags cannot be read, which only root may.
     */
    public static Map<Integer, Long> count(SystemFiles files, Path kpageflags) throws IOException {
        List<Zone> zones = zones(files.read("/proc/zoneinfo").orElse(""));
        Map<Integer, Long> counts = new TreeMap<>();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(kpageflags)) {
            long frame = 0;
            for (int length = in.readNBytes(buffer, 0, BUFFER_BYTES);
                    length >= Long.BYTES;
                    length = in.readNBytes(buffer, 0, BUFFER_BYTES)) {
                ByteBuffer words = ByteBuffer.wrap(buffer, 0, length).order(ByteOrder.nativeOrder());
                while (words.remaining() >= Long.BYTES) {
                    if ((words.getLong() & PGTABLE) != 0) {
                        add(zones, frame, counts);
                    }
                    frame++;
                }
            }
        }
        return counts;
    }

    private static void add(List<Zone> zones, long frame, Map<Integer, Long> counts) {
        for (Zone zone : zones) {
            if (frame >= zone.first && frame < zone.end) {
                counts.merge(zone.node, 1L, Long::sum);
                return;
            }
        }
    }

    private static List<Zone> zones(String text) {
        List<Zone> zones = new ArrayList<>();
        int node = -1;
        long spanned = 0;
        for (String line : text.split("\n", -1)) {
            Matcher zone = ZONE.matcher(line);
            String plain = line.strip();
            if (zone.lookingAt()) {
                node = Integer.parseInt(zone.group(1));
                spanned = 0;
            } else if (plain.matches("spanned +[0-9]{1,15}")) {
                spanned = Long.parseLong(plain.substring(7).strip());
            } else if (plain.matches("start_pfn: +[0-9]{1,15}") && spanned > 0 && node >= 0) {
                long first = Long.parseLong(plain.substring(10).strip());
                zones.add(new Zone(node, first, first + spanned));
            }
        }
        return zones;
    }
}
