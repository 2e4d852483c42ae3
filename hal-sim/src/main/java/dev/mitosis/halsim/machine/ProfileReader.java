package dev.mitosis.halsim.machine;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import dev.mitosis.halsim.machine.MachineProfile.CacheLevel;
import dev.mitosis.halsim.machine.MachineProfile.TlbLevel;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Reads the numbers of a machine, remembers which, and names file and line of what is wrong. */
final class ProfileReader {
    /** 255 is unreachable (ACPI 6.5 section 5.2.17). */
    private static final int MAX_DISTANCE = 254;

    private final String name;
    private final Config config;
    private final TreeSet<String> unread = new TreeSet<>();

    ProfileReader(String name, Config config) {
        this.name = name;
        this.config = config;
        for (Map.Entry<String, ConfigValue> entry : config.entrySet()) {
            unread.add(entry.getKey());
        }
    }

    String text(String key) {
        unread.remove(key);
        try {
            return config.getString(key);
        } catch (ConfigException e) {
            throw wrong(e);
        }
    }

    double real(String key) {
        unread.remove(key + ".value");
        unread.remove(key + ".source");
        try {
            requireSource(key);
            return config.getDouble(key + ".value");
        } catch (ConfigException e) {
            throw wrong(e);
        }
    }

    double real(String key, double least, double most) {
        double value = real(key);
        if (!(value >= least && value <= most)) {
            throw outside(key, value, least, most);
        }
        return value;
    }

    int number(String key, int least, int most) {
        double value = real(key, least, most);
        if (value != Math.rint(value)) {
            throw outside(key, value, least, most);
        }
        return (int) value;
    }

    private IllegalArgumentException outside(String key, double value, double least, double most) {
        return new IllegalArgumentException(String.format(
                Locale.ROOT,
                "%s: %s is %s, and may be from %.0f to %.0f",
                origin(key),
                key,
                value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : Double.toString(value),
                least,
                most));
    }

    /** File and line of a key. */
    private String origin(String key) {
        return "machine " + name + ": " + config.getValue(key).origin().description();
    }

    /** Whether the file has it at all. */
    boolean has(String key) {
        return config.hasPath(key);
    }

    /** The links between nodes: of a machine whose sockets are alike, or each by itself, as a calibration measures them. */
    NodeLinks links(int sockets, int nodesPerSocket) {
        if (has("memory.cyclesOfNodes")) {
            // A file that includes another one has the tiers of that, too.
            for (String kind : List.of("local", "near", "remote")) {
                for (String key : List.of(
                        "distance." + kind, "memory." + kind + "Cycles", "memory." + kind + "MegabytesPerSecond")) {
                    unread.remove(key + ".value");
                    unread.remove(key + ".source");
                }
            }
            int nodes = sockets * nodesPerSocket;
            int[][] distances = rows("distance.ofNodes", nodes, MAX_DISTANCE);
            int[][] cycles = rows("memory.cyclesOfNodes", nodes, MachineProfile.MAX_CYCLES);
            int[][] megabytes = rows("memory.megabytesPerSecondOfNodes", nodes, Integer.MAX_VALUE);
            NodeLinks.Link[][] links = new NodeLinks.Link[cycles.length][cycles.length];
            for (int from = 0; from < cycles.length; from++) {
                for (int to = 0; to < cycles.length; to++) {
                    links[from][to] = new NodeLinks.Link(distances[from][to], cycles[from][to], megabytes[from][to]);
                }
            }
            return NodeLinks.of(links);
        }
        NodeLinks.Link local = link("local");
        return NodeLinks.tiers(
                sockets, nodesPerSocket, local, nodesPerSocket > 1 ? link("near") : local, link("remote"));
    }

    private NodeLinks.Link link(String kind) {
        return new NodeLinks.Link(
                number("distance." + kind, 1, MAX_DISTANCE),
                number("memory." + kind + "Cycles", 1, MachineProfile.MAX_CYCLES),
                number("memory." + kind + "MegabytesPerSecond", 1, Integer.MAX_VALUE));
    }

    private int[][] rows(String key, int nodes, int most) {
        unread.remove(key + ".value");
        unread.remove(key + ".source");
        try {
            requireSource(key);
            List<? extends List<?>> rows = config.getList(key + ".value").stream()
                    .map(row -> ((ConfigList) row).unwrapped())
                    .toList();
            int[][] numbers = new int[rows.size()][];
            for (int row = 0; row < numbers.length; row++) {
                numbers[row] = rows.get(row).stream()
                        .mapToInt(cell -> cell(key, ((Number) cell).doubleValue(), most))
                        .toArray();
                if (numbers.length != nodes || numbers[row].length != nodes) {
                    throw new IllegalArgumentException(
                            "machine " + name + ": " + key + " is not " + nodes + " rows of " + nodes + " numbers");
                }
            }
            return numbers;
        } catch (ConfigException e) {
            throw wrong(e);
        } catch (ClassCastException e) {
            throw new IllegalArgumentException("machine " + name + ": " + key + " is not rows of numbers", e);
        }
    }

    private int cell(String key, double value, int most) {
        if (!(value >= 1 && value <= most && value == Math.rint(value))) {
            throw outside(key, value, 1, most);
        }
        return (int) value;
    }

    private void requireSource(String key) {
        if (config.getString(key + ".source").isBlank()) {
            throw new IllegalArgumentException("machine " + name + ": " + key + " has an empty source");
        }
    }

    boolean flag(String key) {
        unread.remove(key + ".value");
        unread.remove(key + ".source");
        try {
            return config.getBoolean(key + ".value");
        } catch (ConfigException e) {
            throw wrong(e);
        }
    }

    TlbLevel tlb(String key) {
        return new TlbLevel(number(key + ".entries", 0, 1 << 16), number(key + ".ways", 1, 1 << 16));
    }

    CacheLevel cache(String key) {
        return new CacheLevel(
                number(key + ".sizeKib", 1, 1 << 24) * 1024L,
                number(key + ".ways", 1, 1 << 10),
                number(key + ".latencyCycles", 0, MachineProfile.MAX_CYCLES));
    }

    void checkAllRead() {
        if (!unread.isEmpty()) {
            String key = unread.first();
            throw new IllegalArgumentException(
                    config.getValue(key).origin().description() + ": nothing reads '" + key + "'");
        }
    }

    private IllegalArgumentException wrong(ConfigException e) {
        return new IllegalArgumentException("machine " + name + ": " + e.getMessage(), e);
    }
}
