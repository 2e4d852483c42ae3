package dev.mitosis.cli.machine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.kvm.discovery.Discovery;
import dev.mitosis.kvm.discovery.LatencyMatrix;
import dev.mitosis.kvm.discovery.Tier;
import dev.mitosis.kvm.discovery.TierKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;

/** What was discovered, in words, as JSON, and as a table; processors have the kernel's numbers. */
final class DiscoveryReport {
    private final MatrixSource.Source source;
    private final Discovery found;
    private final int[] cpuNumbers;
    private double threshold;
    private int[] thresholdGroups = {};

    DiscoveryReport(MatrixSource.Source source, Discovery found) {
        this.source = source;
        this.found = found;
        cpuNumbers = source.cpuNumbers().stream().toArray();
    }

    /** Adds what a fixed threshold says. */
    void compare(double nanos, int[] groups) {
        threshold = nanos;
        thresholdGroups = groups;
    }

    private boolean hasThreshold() {
        return thresholdGroups.length > 0;
    }

    String text() {
        StringBuilder out = new StringBuilder();
        LatencyMatrix matrix = found.matrix();
        int all = matrix.size() * (matrix.size() - 1) / 2;
        DoubleSummaryStatistics range = range();
        out.append(String.format(
                Locale.ROOT,
                "cache-line latencies of %s: %d processors, %d of %d pairs",
                source.name(),
                matrix.size(),
                matrix.countKnownPairs(),
                all));
        if (range.getCount() > 0) {
            out.append(String.format(Locale.ROOT, ", %.1f to %.1f ns one way", range.getMin(), range.getMax()));
        }
        out.append('\n');
        if (!found.socketName().isTold()) {
            out.append(String.format(
                    Locale.ROOT,
                    "%d levels; a socket cannot be told from a die here: %s; confidence of %s %.2f\n",
                    found.tiers().size() + 1,
                    found.socketName().doubt(),
                    found.socketCount() == 1 ? "one socket" : found.socketCount() + " sockets",
                    found.socketConfidence()));
        } else if (found.tier(TierKind.SOCKET).isEmpty()) {
            out.append(String.format(
                    Locale.ROOT,
                    "one group: no step between sockets stands out; confidence %.2f\n",
                    found.socketConfidence()));
        }
        for (int i = found.tiers().size() - 1; i >= 0; i--) {
            tier(found.tiers().get(i), out);
        }
        if (hasThreshold()) {
            boolean isSame = Arrays.equals(thresholdGroups, found.sockets());
            int groups = count(thresholdGroups);
            out.append("a fixed threshold of ")
                    .append(String.valueOf(threshold).replaceFirst("\\.0$", ""))
                    .append(" ns finds ")
                    .append(groups == 1 ? "one group" : groups + " groups")
                    .append(isSame ? ", the same as the sockets above\n" : ":\n");
            if (!isSame) {
                groups(thresholdGroups, out);
            }
        }
        source.host().ifPresent(host -> {
            boolean isSame = Arrays.equals(canonical(nodes()), found.sockets());
            int nodes = host.nodes().size();
            out.append("the kernel describes ")
                    .append(nodes == 1 ? "one node" : nodes + " nodes")
                    .append(isSame ? ", the same as was measured\n" : ", which is not what was measured\n");
        });
        return out.toString().stripTrailing();
    }

    private void tier(Tier tier, StringBuilder out) {
        out.append(String.format(
                Locale.ROOT,
                "%d %s: within %.1f ns, across %.1f ns, confidence %.2f\n",
                tier.groupCount(),
                words(tier.kind()),
                tier.within(),
                tier.across(),
                tier.confidence()));
        groups(tier.toArray(), out);
    }

    private String words(TierKind kind) {
        return switch (kind) {
            case SMT -> "cores with SMT siblings";
            case CLUSTER -> "clusters (dies or core complexes)";
            case SOCKET -> found.socketName().isTold() ? "sockets" : "groups (sockets, dies or core complexes)";
        };
    }

    private void groups(int[] groupOf, StringBuilder out) {
        List<BitSet> groups = sets(groupOf);
        for (int group = 0; group < groups.size(); group++) {
            out.append("  ")
                    .append(group)
                    .append(": ")
                    .append(Bitmasks.list(groups.get(group)))
                    .append('\n');
        }
    }

    private List<BitSet> sets(int[] groupOf) {
        List<BitSet> groups = new ArrayList<>();
        for (int cpu = 0; cpu < groupOf.length; cpu++) {
            while (groups.size() <= groupOf[cpu]) {
                groups.add(new BitSet());
            }
            groups.get(groupOf[cpu]).set(cpuNumbers[cpu]);
        }
        return groups;
    }

    private static int count(int[] groupOf) {
        return Arrays.stream(groupOf).max().orElse(-1) + 1;
    }

    /** The node of each processor as the kernel has it; 0 where it has none. */
    private int[] nodes() {
        List<HostNode> nodes = source.host().orElseThrow().nodes();
        int[] nodeOf = new int[cpuNumbers.length];
        for (int cpu = 0; cpu < cpuNumbers.length; cpu++) {
            for (int node = 0; node < nodes.size(); node++) {
                if (nodes.get(node).cpus().get(cpuNumbers[cpu])) {
                    nodeOf[cpu] = node;
                }
            }
        }
        return nodeOf;
    }

    /** The same groups, numbered by their first processors. */
    private static int[] canonical(int[] names) {
        List<Integer> seen = new ArrayList<>();
        int[] groupOf = new int[names.length];
        for (int cpu = 0; cpu < names.length; cpu++) {
            if (!seen.contains(names[cpu])) {
                seen.add(names[cpu]);
            }
            groupOf[cpu] = seen.indexOf(names[cpu]);
        }
        return groupOf;
    }

    private DoubleSummaryStatistics range() {
        DoubleSummaryStatistics range = new DoubleSummaryStatistics();
        for (double[] row : found.matrix().rows()) {
            Arrays.stream(row).filter(latency -> !Double.isNaN(latency)).forEach(range);
        }
        return range;
    }

    String json() {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("source", source.name());
        ArrayNode cpus = root.putArray("cpus");
        Arrays.stream(cpuNumbers).forEach(cpus::add);
        root.put("pairs", found.matrix().countKnownPairs());
        ObjectNode sockets = root.putObject("sockets");
        sockets.put("count", found.socketCount()).put("confidence", found.socketConfidence());
        sockets.put("told", found.socketName().isTold())
                .put("doubt", found.socketName().doubt());
        addGroups(sockets, found.sockets());
        ArrayNode tiers = root.putArray("tiers");
        for (Tier tier : found.tiers()) {
            ObjectNode entry = tiers.addObject();
            entry.put("kind", tier.kind().label());
            putKnown(entry, "withinNanos", tier.within());
            putKnown(entry, "acrossNanos", tier.across());
            entry.put("cutRatio", tier.cutRatio()).put("confidence", tier.confidence());
            addGroups(entry, tier.toArray());
        }
        if (hasThreshold()) {
            addGroups(root.putObject("threshold").put("nanos", threshold), thresholdGroups);
        }
        if (source.host().isPresent()) {
            addGroups(root.putObject("kernelNodes"), canonical(nodes()));
        }
        try {
            return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values is JSON", e);
        }
    }

    private void addGroups(ObjectNode entry, int[] groupOf) {
        ArrayNode groups = entry.putArray("groups");
        for (BitSet group : sets(groupOf)) {
            ArrayNode cpus = groups.addArray();
            group.stream().forEach(cpus::add);
        }
    }

    private static void putKnown(ObjectNode entry, String name, double value) {
        if (Double.isNaN(value)) {
            entry.putNull(name);
        } else {
            entry.put(name, value);
        }
    }

    /** One line a processor: its socket, and its group in each tier, the finest first. */
    String csv() {
        StringBuilder out = new StringBuilder("cpu,socket");
        for (int tier = 0; tier < found.tiers().size(); tier++) {
            out.append(",tier")
                    .append(tier + 1)
                    .append('_')
                    .append(found.tiers().get(tier).kind().label());
        }
        out.append(hasThreshold() ? ",threshold\n" : "\n");
        int[] sockets = found.sockets();
        for (int cpu = 0; cpu < cpuNumbers.length; cpu++) {
            out.append(cpuNumbers[cpu]).append(',').append(sockets[cpu]);
            for (Tier tier : found.tiers()) {
                out.append(',').append(tier.groupOf().get(cpu));
            }
            out.append(hasThreshold() ? "," + thresholdGroups[cpu] + "\n" : "\n");
        }
        return out.toString().stripTrailing();
    }
}
