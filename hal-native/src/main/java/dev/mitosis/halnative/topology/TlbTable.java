package dev.mitosis.halnative.topology;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The TLBs of processors by vendor, family and model, from a table that is part of the product, with its sources. No kernel
 * describes TLBs in sysfs, and the instruction that does is out of Java's reach.
 *
 * <p>Errors: a row that is none is an {@link IllegalArgumentException} with its line.
 */
public final class TlbTable {
    private static final String FILE = "tlbs.csv";
    private static final int COLUMNS = 9;
    /** The 12 bits of CPUID 8000_0006h that hold a number of entries. */
    private static final int MOST_COUNTED = 4095;

    private final List<List<String>> rows;

    private TlbTable(List<List<String>> rows) {
        this.rows = rows;
    }

    public static TlbTable load() {
        try (InputStream in = TlbTable.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + " is part of the product");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static TlbTable parse(String text) {
        List<List<String>> rows = new ArrayList<>();
        int line = 0;
        for (String row : text.split("\n", -1)) {
            line++;
            if (row.isBlank() || row.startsWith("#")) {
                continue;
            }
            List<String> cells = List.of(row.split(",", -1));
            if (cells.size() != COLUMNS
                    || !cells.get(1).matches("[0-9a-f]+")
                    || !cells.get(2).matches("\\*|[0-9a-f]+(-[0-9a-f]+)?( [0-9a-f]+(-[0-9a-f]+)?)*")
                    || !cells.get(6).matches("[0-9]{1,6}")
                    || !cells.get(7).matches("([0-9]{1,3}|full)?")) {
                throw new IllegalArgumentException(FILE + ":" + line + ": not a row of the table: " + row);
            }
            rows.add(cells);
        }
        return new TlbTable(rows);
    }

    /** The TLBs of a core of this model; none where the table does not have it. */
    public List<HostTlb> find(CpuModel model) {
        List<HostTlb> tlbs = new ArrayList<>();
        for (List<String> row : rows) {
            if (matches(row, model)) {
                tlbs.add(new HostTlb(row.get(4), row.get(5), Integer.parseInt(row.get(6)), row.get(7), row.get(8)));
            }
        }
        return tlbs;
    }

    /** The name of this model's microarchitecture; empty where the table does not have it. */
    public String microarchitecture(CpuModel model) {
        for (List<String> row : rows) {
            if (matches(row, model)) {
                return row.get(3);
            }
        }
        return "";
    }

    /**
     * Whether the kernel, which prints the 4 KiB entries of AMD's last level, counts as many as these TLBs have; true where it
     * does not print them.
     */
    public static boolean agrees(CpuModel model, List<HostTlb> tlbs) {
        if (model.lastLevelTlbPages() < 0 || tlbs.isEmpty()) {
            return true;
        }
        int sum = 0;
        for (HostTlb tlb : tlbs) {
            boolean counted = tlb.name().startsWith("L2") && tlb.pages().startsWith("4K");
            sum += counted ? Math.min(tlb.entries(), MOST_COUNTED) : 0;
        }
        return sum == model.lastLevelTlbPages();
    }

    private static boolean matches(List<String> row, CpuModel model) {
        return row.get(0).equals(model.vendor())
                && Integer.parseInt(row.get(1), 16) == model.family()
                && (row.get(2).equals("*") || inRanges(row.get(2), model.model()));
    }

    private static boolean inRanges(String ranges, int model) {
        for (String range : ranges.split(" ", -1)) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash), 16);
            int last = Integer.parseInt(dash < 0 ? range : range.substring(dash + 1), 16);
            if (model >= first && model <= last) {
                return true;
            }
        }
        return false;
    }
}
