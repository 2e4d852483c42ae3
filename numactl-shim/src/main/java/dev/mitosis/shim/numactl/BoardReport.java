package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.HostPolicy;
import dev.mitosis.halnative.HostTopology;
import dev.mitosis.halnative.IdList;
import dev.mitosis.halnative.NativeError;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Locale;
import java.util.stream.Collectors;

/** What {@code --hardware} and {@code --show} print. */
final class BoardReport {
    private static final int MEGABYTE_SHIFT = 20;

    private BoardReport() {}

    /** The nodes, their memory, and how far they are apart. */
    static void hardware(PrintStream out, HostTopology board) {
        out.print("available: " + board.configured().size() + " nodes (" + IdList.print(board.nodes()) + ")\n");
        for (HostTopology.Node node : board.configured()) {
            out.print("node " + node.number() + " cpus:"
                    + node.cpus().stream().mapToObj(cpu -> " " + cpu).collect(Collectors.joining()) + "\n");
            out.print("node " + node.number() + " size: " + megabytes(node.sizeBytes()) + "\n");
            out.print("node " + node.number() + " free: " + megabytes(node.freeBytes()) + "\n");
        }
        distances(out, board);
    }

    private static void distances(PrintStream out, HostTopology board) {
        if (board.configured().stream().anyMatch(node -> node.distances().isEmpty())) {
            out.print("No distance information available.\n");
            return;
        }
        out.print("node distances:\nnode ");
        for (HostTopology.Node node : board.configured()) {
            out.print(String.format(Locale.ROOT, "% 3d ", node.number()));
        }
        out.print("\n");
        for (HostTopology.Node node : board.configured()) {
            out.print(String.format(Locale.ROOT, "% 3d: ", node.number()));
            for (int distance : node.distances()) {
                out.print(String.format(Locale.ROOT, "% 3d ", distance));
            }
            out.print("\n");
        }
    }

    private static String megabytes(long bytes) {
        return bytes < 0 ? "<not available>" : (bytes >> MEGABYTE_SHIFT) + " MB";
    }

    /** The policy and the processors of this thread, which are those of the shell that called. */
    static void show(PrintStream out, HostTopology board) throws NativeError, IOException {
        HostPolicy.Policy policy = HostPolicy.get();
        BitSet cpus = HostPolicy.affinity();
        cpus.and(board.cpus());
        out.print("policy: " + name(policy.mode()) + "\n");
        out.print("preferred node: " + preferred(policy));
        if (policy.mode() == HostPolicy.INTERLEAVE) {
            out.print(line("interleavemask:", policy.nodes()));
            out.print("interleavenode: " + HostPolicy.nextInterleaveNode() + "\n");
        }
        out.print(line("physcpubind:", cpus));
        out.print(line("cpubind:", board.nodesOf(cpus)));
        out.print(line("nodebind:", board.nodesOf(cpus)));
        out.print(line("membind:", policy.mode() == HostPolicy.BIND ? policy.nodes() : allowedNodes()));
        out.print(line("preferred:", policy.nodes()));
    }

    private static String preferred(HostPolicy.Policy policy) throws NativeError {
        int first = policy.nodes().nextSetBit(0);
        return switch (policy.mode()) {
            case HostPolicy.DEFAULT -> "current\n";
            case HostPolicy.PREFERRED -> first < 0 ? "current\n" : first + "\n";
            case HostPolicy.INTERLEAVE -> HostPolicy.nextInterleaveNode() + " (interleave next)\n";
            case HostPolicy.PREFERRED_MANY -> first + " (preferred-many)\n";
            case HostPolicy.BIND -> first + "\n";
            // The original prints nothing here, not even the end of the line.
            default -> "";
        };
    }

    private static String name(int mode) {
        return switch (mode) {
            case HostPolicy.DEFAULT -> "default";
            case HostPolicy.PREFERRED -> "preferred";
            case HostPolicy.BIND -> "bind";
            case HostPolicy.INTERLEAVE -> "interleave";
            case HostPolicy.LOCAL -> "local";
            case HostPolicy.PREFERRED_MANY -> "preferred-many";
            case HostPolicy.WEIGHTED_INTERLEAVE -> "weighted interleave";
            default -> "unknown";
        };
    }

    private static String line(String name, BitSet numbers) {
        return name + " " + numbers.stream().mapToObj(number -> number + " ").collect(Collectors.joining()) + "\n";
    }

    /** Source: proc(5), Mems_allowed_list of {@code /proc/self/status}. */
    static BitSet allowedNodes() throws IOException {
        return allowed("Mems_allowed_list:");
    }

    static BitSet allowedCpus() throws IOException {
        return allowed("Cpus_allowed_list:");
    }

    private static BitSet allowed(String key) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(key)) {
                return IdList.parse(line.substring(key.length()));
            }
        }
        throw new IOException("/proc/self/status: no " + key);
    }
}
