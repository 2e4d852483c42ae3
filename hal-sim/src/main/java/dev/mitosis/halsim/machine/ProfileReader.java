package dev.mitosis.halsim.machine;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import dev.mitosis.halsim.machine.MachineProfile.CacheLevel;
import dev.mitosis.halsim.machine.MachineProfile.TlbLevel;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Reads the numbers of a machine, remembers which, and names file and line of what is wrong. */
final class ProfileReader {
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

    int number(String key) {
        double value = real(key);
        if (value != Math.rint(value) || value < 0 || value > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "machine " + name + ": " + key + " is " + value + ", not a whole number");
        }
        return (int) value;
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
            int[][] distances = rows("distance.ofNodes", sockets * nodesPerSocket);
            int[][] cycles = rows("memory.cyclesOfNodes", sockets * nodesPerSocket);
            int[][] megabytes = rows("memory.megabytesPerSecondOfNodes", sockets * nodesPerSocket);
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
                number("distance." + kind),
                number("memory." + kind + "Cycles"),
                number("memory." + kind + "MegabytesPerSecond"));
    }

    private int[][] rows(String key, int nodes) {
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
                        .mapToInt(cell -> ((Number) cell).intValue())
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
        return new TlbLevel(number(key + ".entries"), number(key + ".ways"));
    }

    CacheLevel cache(String key) {
        return new CacheLevel(number(key + ".sizeKib") * 1024L, number(key + ".ways"), number(key + ".latencyCycles"));
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
