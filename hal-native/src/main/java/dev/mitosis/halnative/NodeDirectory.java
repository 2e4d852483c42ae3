package dev.mitosis.halnative;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a host's nodes from {@code devices/system/node} beneath a root: {@code /sys}, or a captured tree.
 *
 * <p>A host without NUMA support has no such directory; it is one node with all processors.
 *
 * <p>Source: Linux {@code Documentation/ABI/stable/sysfs-devices-node}.
 */
public final class NodeDirectory {
    private static final Pattern MEMORY = Pattern.compile("Node \\d+ (MemTotal|MemFree):\\s+(\\d+) kB");

    private NodeDirectory() {}

    /** The topology beneath a root. */
    public static HostTopology read(Path root) throws IOException {
        Path nodes = root.resolve("devices/system/node");
        if (!Files.isDirectory(nodes)) {
            BitSet cpus = ids(root.resolve("devices/system/cpu/online"));
            return new HostTopology(List.of(new HostTopology.Node(0, cpus, -1, -1, List.of(10))));
        }
        BitSet online = online(nodes);
        List<HostTopology.Node> found = new ArrayList<>();
        for (int node = online.nextSetBit(0); node >= 0; node = online.nextSetBit(node + 1)) {
            found.add(node(nodes.resolve("node" + node), node, root));
        }
        return new HostTopology(found);
    }

    private static BitSet online(Path nodes) throws IOException {
        Path list = nodes.resolve("online");
        if (Files.exists(list)) {
            return ids(list);
        }
        // Older trees have the nodes, and no list of them.
        BitSet found = new BitSet();
        try (var entries = Files.newDirectoryStream(nodes, "node[0-9]*")) {
            entries.forEach(entry ->
                    found.set(Integer.parseInt(entry.getFileName().toString().substring(4))));
        }
        return found;
    }

    private static HostTopology.Node node(Path folder, int number, Path root) throws IOException {
        long size = -1;
        long free = -1;
        Path memory = folder.resolve("meminfo");
        if (Files.exists(memory)) {
            for (String line : Files.readAllLines(memory)) {
                Matcher matcher = MEMORY.matcher(line.strip());
                if (matcher.matches()) {
                    long bytes = Long.parseLong(matcher.group(2)) * 1024;
                    size = matcher.group(1).equals("MemTotal") ? bytes : size;
                    free = matcher.group(1).equals("MemFree") ? bytes : free;
                }
            }
        }
        List<Integer> distances = new ArrayList<>();
        Path distance = folder.resolve("distance");
        if (Files.exists(distance)) {
            for (String word : Files.readString(distance).strip().split("\\s+", -1)) {
                distances.add(Integer.parseInt(word));
            }
        }
        return new HostTopology.Node(number, cpus(folder, root), size, free, distances);
    }

    private static BitSet cpus(Path folder, Path root) throws IOException {
        Path list = folder.resolve("cpulist");
        BitSet cpus = Files.exists(list) ? ids(list) : map(Files.readString(folder.resolve("cpumap")));
        Path online = root.resolve("devices/system/cpu/online");
        if (Files.exists(online)) {
            cpus.and(ids(online));
        }
        return cpus;
    }

    /** A mask in words of 32 bits, the highest first. */
    private static BitSet map(String text) {
        BitSet cpus = new BitSet();
        String[] words = text.strip().split(",", -1);
        for (int i = 0; i < words.length; i++) {
            long bits = Long.parseLong(words[words.length - 1 - i].strip(), 16);
            for (int bit = 0; bit < 32; bit++) {
                cpus.set(32 * i + bit, (bits >>> bit & 1) != 0);
            }
        }
        return cpus;
    }

    private static BitSet ids(Path file) throws IOException {
        try {
            return IdList.parse(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": not there, so the nodes cannot be known", e);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }
}
