package dev.mitosis.halnative.sysfs;

import dev.mitosis.halnative.files.SysfsValues;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.topology.AllowedSets;
import dev.mitosis.halnative.topology.CpuModel;
import dev.mitosis.halnative.topology.HostDetails;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.halnative.topology.NodeAccess;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Reads a machine's topology from {@code /sys/devices/system} and {@code /proc}: pure parsing, whatever the files come from.
 *
 * <p>Cost: what {@link #readNodes} runs has no lambda, stream or pattern: a launcher waits for it, and the first of them costs 10 ms.
 *
 * <p>Errors: a file that the kernel could not have written is an {@link IllegalArgumentException} that names it.
 *
 * <p>Source: Linux {@code Documentation/ABI/stable/sysfs-devices-node}, {@code Documentation/ABI/testing/sysfs-devices-system-cpu}.
 */
public final class SysfsReader {
    private static final String NODES = "/sys/devices/system/node";
    private static final String CPUS = "/sys/devices/system/cpu";

    private final SystemFiles files;
    private final SysfsValues values;

    public SysfsReader(SystemFiles files) {
        this.files = files;
        this.values = new SysfsValues(files);
    }

    /** Everything there is to know. */
    public HostTopology read() {
        HostTopology nodes = readNodes();
        BitSet online = nodes.onlineCpus();
        CpuReader cpus = new CpuReader(files, online);
        List<NodeAccess> accesses = new ArrayList<>();
        for (HostNode node : nodes.nodes()) {
            accesses.addAll(new HmatReader(files).read(NODES + "/node" + node.number(), node.number()));
        }
        return nodes.with(new HostDetails(
                cpus.cores(),
                cpus.caches(),
                cpus.kinds(),
                accesses,
                AllowedSets.read(files, online, nodes.nodeNumbers()),
                CpuModel.read(files)));
    }

    /** Nodes, their processors, memory and distances: what takes few files to read. */
    public HostTopology readNodes() {
        BitSet online = onlineCpus();
        int[] numbers = nodeNumbers();
        if (numbers.length == 0) {
            HostNode all = new HostNode(
                    0, online, kibibytes("/proc/meminfo", "MemTotal:"), kibibytes("/proc/meminfo", "MemFree:"));
            return new HostTopology(List.of(all), new int[][] {{0}}, online, false);
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
            distances[i] = distances(directory + "/distance", numbers);
        }
        return new HostTopology(nodes, distances, online, true);
    }

    /** The processors that may ever come online, by the kernel's list; those present where it has none. */
    public BitSet possibleCpus() {
        Optional<BitSet> possible = values.list(CPUS + "/possible");
        return possible.isPresent() ? possible.get() : presentCpus();
    }

    private int[] nodeNumbers() {
        BitSet numbers = new BitSet();
        for (String name : files.list(NODES)) {
            int number = SysfsValues.suffix(name, "node");
            if (number >= 0) {
                numbers.set(number);
            }
        }
        int[] sorted = new int[numbers.cardinality()];
        int count = 0;
        for (int number = numbers.nextSetBit(0); number >= 0; number = numbers.nextSetBit(number + 1)) {
            sorted[count++] = number;
        }
        return sorted;
    }

    private BitSet cpusOf(String directory) {
        Optional<BitSet> map = values.mask(directory + "/cpumap");
        return map.isPresent() ? map.get() : values.list(directory + "/cpulist").orElse(new BitSet());
    }

    /** Older kernels have no list of them, but a file in each processor's directory that can be taken offline. */
    private BitSet onlineCpus() {
        Optional<BitSet> online = values.list(CPUS + "/online");
        if (online.isPresent()) {
            return online.get();
        }
        BitSet cpus = presentCpus();
        for (int cpu = cpus.nextSetBit(0); cpu >= 0; cpu = cpus.nextSetBit(cpu + 1)) {
            if (values.number(CPUS + "/cpu" + cpu + "/online") == 0) {
                cpus.clear(cpu);
            }
        }
        return cpus;
    }

    /** Where sysfs is not mounted, those that {@code /proc/cpuinfo} lists. */
    private BitSet presentCpus() {
        BitSet cpus = new BitSet();
        for (String name : files.list(CPUS)) {
            int number = SysfsValues.suffix(name, "cpu");
            if (number >= 0) {
                cpus.set(number);
            }
        }
        if (cpus.isEmpty()) {
            for (String line : files.read("/proc/cpuinfo").orElse("").split("\n", -1)) {
                int colon = line.indexOf(':');
                if (colon >= 0 && line.substring(0, colon).strip().equals("processor")) {
                    int number = SysfsValues.suffix(line.substring(colon + 1).strip(), "");
                    if (number >= 0) {
                        cpus.set(number);
                    }
                }
            }
        }
        return cpus;
    }

    /** A row of distances to these nodes. A file may have columns of nodes that are offline, too: of all that are possible. */
    private int[] distances(String path, int[] numbers) {
        int[] row = new int[numbers.length];
        String text = files.read(path).orElse("").strip();
        if (text.isEmpty()) {
            return row;
        }
        String[] words = text.split(" ", -1);
        int[] columns = columns(words.length, numbers);
        for (int i = 0; i < words.length; i++) {
            int distance;
            try {
                distance = Integer.parseInt(words[i]);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(path + ": not a distance: '" + words[i] + "'", e);
            }
            for (int to = 0; to < row.length; to++) {
                if (columns.length > i && columns[i] == numbers[to]) {
                    row[to] = Math.max(0, distance);
                }
            }
        }
        return row;
    }

    /** The nodes that as many columns are of; none where that cannot be told. */
    private int[] columns(int count, int[] numbers) {
        if (count == numbers.length) {
            return numbers;
        }
        for (String list : new String[] {"/online", "/possible"}) {
            BitSet nodes = values.list(NODES + list).orElse(new BitSet());
            if (nodes.cardinality() == count) {
                int[] columns = new int[count];
                int at = 0;
                for (int node = nodes.nextSetBit(0); node >= 0; node = nodes.nextSetBit(node + 1)) {
                    columns[at++] = node;
                }
                return columns;
            }
        }
        return new int[0];
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
}
