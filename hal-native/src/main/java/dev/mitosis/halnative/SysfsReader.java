package dev.mitosis.halnative;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads a machine's topology from {@code /sys/devices/system} and {@code /proc}: pure parsing, whatever the files come from.
 *
 * <p>Errors: a file that the kernel could not have written is an {@link IllegalArgumentException} that names it.
 *
 * <p>Source: Linux {@code Documentation/ABI/stable/sysfs-devices-node}, {@code Documentation/ABI/testing/sysfs-devices-system-cpu}.
 */
public final class SysfsReader {
    private static final String NODES = "/sys/devices/system/node";
    private static final String CPUS = "/sys/devices/system/cpu";

    private final SystemFiles files;

    public SysfsReader(SystemFiles files) {
        this.files = files;
    }

    public HostTopology read() {
        BitSet online = onlineCpus();
        int[] numbers = nodeNumbers();
        if (numbers.length == 0) {
            HostNode all = new HostNode(
                    0, online, kibibytes("/proc/meminfo", "MemTotal:"), kibibytes("/proc/meminfo", "MemFree:"));
            return new HostTopology(List.of(all), new int[][] {{0}}, online, false, caches(online));
        }
        List<HostNode> nodes = new ArrayList<>();
        int[][] distances = new int[numbers.length][];
        for (int i = 0; i < numbers.length; i++) {
            String directory = NODES + "/node" + numbers[i];
            nodes.add(new HostNode(
                    numbers[i],
                    cpusOf(directory),
                    kibibytes(directory + "/meminfo", "MemTotal:"),
                    kibibytes(directory + "/meminfo", "MemFree:")));
            distances[i] = distances(directory + "/distance", numbers.length);
        }
        return new HostTopology(nodes, distances, online, true, caches(online));
    }

    /** The processors that may ever come online, by the kernel's list; those present where it has none. */
    public BitSet possibleCpus() {
        Optional<String> possible = files.read(CPUS + "/possible");
        return possible.isPresent() ? list(CPUS + "/possible", possible.get()) : presentCpus();
    }

    private int[] nodeNumbers() {
        BitSet numbers = new BitSet();
        for (String name : files.list(NODES)) {
            if (name.length() > 4 && name.startsWith("node") && isNumber(name, 4)) {
                numbers.set(Integer.parseInt(name.substring(4)));
            }
        }
        return numbers.stream().toArray();
    }

    private BitSet cpusOf(String directory) {
        Optional<String> map = files.read(directory + "/cpumap");
        if (map.isPresent()) {
            try {
                return Bitmasks.parseWords(map.get());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(directory + "/cpumap: " + e.getMessage(), e);
            }
        }
        return files.read(directory + "/cpulist")
                .map(text -> list(directory + "/cpulist", text))
                .orElseGet(BitSet::new);
    }

    /** Older kernels have no list of them, but a file in each processor's directory that can be taken offline. */
    private BitSet onlineCpus() {
        Optional<String> online = files.read(CPUS + "/online");
        if (online.isPresent()) {
            return list(CPUS + "/online", online.get());
        }
        BitSet cpus = presentCpus();
        for (int cpu = cpus.nextSetBit(0); cpu >= 0; cpu = cpus.nextSetBit(cpu + 1)) {
            if (files.read(CPUS + "/cpu" + cpu + "/online").orElse("1").equals("0")) {
                cpus.clear(cpu);
            }
        }
        return cpus;
    }

    private BitSet presentCpus() {
        BitSet cpus = new BitSet();
        for (String name : files.list(CPUS)) {
            if (name.length() > 3 && name.startsWith("cpu") && isNumber(name, 3)) {
                cpus.set(Integer.parseInt(name.substring(3)));
            }
        }
        return cpus;
    }

    private int[] distances(String path, int count) {
        int[] row = new int[count];
        String text = files.read(path).orElse("").strip();
        if (text.isEmpty()) {
            return row;
        }
        String[] words = text.split("\\s+", -1);
        if (words.length != count) {
            throw new IllegalArgumentException(path + ": " + words.length + " distances for " + count + " nodes");
        }
        for (int i = 0; i < count; i++) {
            try {
                row[i] = Integer.parseInt(words[i]);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(path + ": not a distance: '" + words[i] + "'", e);
            }
        }
        return row;
    }

    /** The number after a label in a file of the kind of meminfo, in bytes; -1 where it is not there. */
    private long kibibytes(String path, String label) {
        String text = files.read(path).orElse("");
        int at = text.indexOf(label);
        if (at < 0) {
            return -1;
        }
        int first = at + label.length();
        while (first < text.length() && text.charAt(first) == ' ') {
            first++;
        }
        int end = first;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        try {
            return Math.multiplyExact(Long.parseLong(text.substring(first, end)), 1024L);
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException(path + ": no number after " + label, e);
        }
    }

    private List<HostCache> caches(BitSet online) {
        Map<String, HostCache> byKind = new TreeMap<>();
        for (int cpu = online.nextSetBit(0); cpu >= 0; cpu = online.nextSetBit(cpu + 1)) {
            String directory = CPUS + "/cpu" + cpu + "/cache";
            for (String index : files.list(directory)) {
                if (index.startsWith("index") && isFirstSharer(directory + "/" + index, cpu, online)) {
                    add(byKind, directory + "/" + index);
                }
            }
        }
        return List.copyOf(byKind.values());
    }

    private boolean isFirstSharer(String directory, int cpu, BitSet online) {
        Optional<String> map = files.read(directory + "/shared_cpu_map");
        if (map.isEmpty()) {
            return true;
        }
        BitSet sharers = Bitmasks.parseWords(map.get());
        sharers.and(online);
        return sharers.isEmpty() || sharers.nextSetBit(0) == cpu;
    }

    private void add(Map<String, HostCache> byKind, String directory) {
        String type = files.read(directory + "/type").orElse("");
        String name = "L" + files.read(directory + "/level").orElse("?")
                + (type.equals("Data") ? "d" : type.equals("Instruction") ? "i" : "");
        long size = sizeBytes(files.read(directory + "/size").orElse("0"));
        String ways = files.read(directory + "/ways_of_associativity").orElse("0");
        int associativity = isNumber(ways, 0) ? Integer.parseInt(ways) : 0;
        String key = name + ' ' + size + ' ' + associativity;
        HostCache known = byKind.get(key);
        byKind.put(key, new HostCache(name, size, associativity, known == null ? 1 : known.instances() + 1));
    }

    private static long sizeBytes(String text) {
        int end = text.length();
        long unit = text.endsWith("K") ? 1024 : text.endsWith("M") ? 1 << 20 : 1;
        String digits = unit == 1 ? text : text.substring(0, end - 1);
        return isNumber(digits, 0) ? Long.parseLong(digits) * unit : 0;
    }

    private static BitSet list(String path, String text) {
        try {
            return Bitmasks.parseList(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }

    private static boolean isNumber(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return text.length() > from && text.length() - from < 8;
    }
}
