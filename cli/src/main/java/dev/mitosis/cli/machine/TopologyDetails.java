package dev.mitosis.cli.machine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.topology.AllowedSets;
import dev.mitosis.halnative.topology.CpuKind;
import dev.mitosis.halnative.topology.CpuModel;
import dev.mitosis.halnative.topology.HostCache;
import dev.mitosis.halnative.topology.HostCore;
import dev.mitosis.halnative.topology.HostDetails;
import dev.mitosis.halnative.topology.HostTlb;
import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.halnative.topology.NodeAccess;
import dev.mitosis.halnative.topology.TlbTable;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What a topology has beside nodes: processors, caches, TLBs, access classes, and what may be used of it; in words and as JSON. */
final class TopologyDetails {
    private final HostTopology topology;
    private final HostDetails details;
    private final TlbTable tlbs = TlbTable.load();

    TopologyDetails(HostTopology topology) {
        this.topology = topology;
        this.details = topology.details();
    }

    String text() {
        StringBuilder out = new StringBuilder();
        line(out, "online cpus: ", Bitmasks.list(topology.onlineCpus()));
        AllowedSets allowed = details.allowed();
        if (!allowed.cpus().equals(topology.onlineCpus()) || !allowed.nodes().equals(topology.nodeNumbers())) {
            line(out, "allowed cpus: ", Bitmasks.list(allowed.cpus()) + " (" + allowed.source() + ")");
            line(out, "allowed nodes: ", Bitmasks.list(allowed.nodes()));
        }
        CpuModel model = details.model();
        if (!model.name().isEmpty()) {
            String kind = tlbs.microarchitecture(model);
            line(out, "processor: ", model.name() + (kind.isEmpty() ? "" : " (" + kind + ")"));
        }
        if (!details.cores().isEmpty()) {
            line(out, "cores: ", cores());
        }
        for (CpuKind kind : details.kinds()) {
            line(out, "kind " + (kind.name().isEmpty() ? "of processor" : kind.name()) + ": ", kind(kind));
        }
        for (HostCache cache : topology.caches()) {
            String ways = cache.ways() > 0 ? ", " + cache.ways() + " ways" : "";
            line(out, "cache " + cache.name() + ": ", count(cache) + size(cache) + ways);
        }
        List<HostTlb> known = tlbs.find(model);
        for (HostTlb tlb : known) {
            String ways = tlb.ways().isEmpty()
                    ? ""
                    : tlb.ways().equals("full") ? ", fully associative" : ", " + tlb.ways() + " ways";
            line(
                    out,
                    "tlb " + tlb.name() + " ",
                    tlb.pages() + ": " + tlb.entries() + " entries" + ways + " (" + tlb.source() + ")");
        }
        if (!TlbTable.agrees(model, known)) {
            line(
                    out,
                    "tlb: ",
                    "the kernel counts " + model.lastLevelTlbPages() + " entries in the last level, and not these");
        }
        for (NodeAccess access : details.accesses()) {
            line(out, "node " + access.target() + " access class " + access.accessClass() + ": ", access(access));
        }
        return out.toString();
    }

    private static void line(StringBuilder out, String label, String value) {
        out.append(label).append(value).append('\n');
    }

    private static String count(HostCache cache) {
        return cache.instances() > 0 ? cache.instances() + " x " : "the kernel does not say how many, of ";
    }

    private static String size(HostCache cache) {
        return cache.sizeBytes() > 0 ? (cache.sizeBytes() >> 10) + " KiB" : "unknown size";
    }

    private String cores() {
        Set<Integer> packages =
                details.cores().stream().map(HostCore::packageId).collect(Collectors.toSet());
        int threads = details.cores().stream()
                .mapToInt(core -> core.cpus().cardinality())
                .max()
                .orElse(1);
        int count = details.cores().size();
        String where = packages.contains(-1)
                ? "; the kernel does not say in which packages"
                : " in " + packages.size() + (packages.size() == 1 ? " package" : " packages");
        return count + (count == 1 ? " core" : " cores") + where + ", "
                + (threads == 1 ? "one thread each" : "up to " + threads + " threads each");
    }

    private static String kind(CpuKind kind) {
        return "cpus " + Bitmasks.list(kind.cpus())
                + (kind.capacity() < 0 ? "" : ", capacity " + kind.capacity())
                + (kind.baseKilohertz() < 0 ? "" : ", " + kind.baseKilohertz() / 1000 + " MHz");
    }

    private static String access(NodeAccess access) {
        return "nearest to nodes " + Bitmasks.list(access.initiators())
                + known(", read ", access.readLatencyNs(), " ns")
                + known(", write ", access.writeLatencyNs(), " ns")
                + known(", read ", access.readMibPerSecond(), " MiB/s")
                + known(", write ", access.writeMibPerSecond(), " MiB/s");
    }

    private static String known(String label, long value, String unit) {
        return value < 0 ? "" : label + value + unit;
    }

    void addTo(ObjectNode root) {
        addNumbers(root.putArray("allowedCpus"), details.allowed().cpus());
        addNumbers(root.putArray("allowedNodes"), details.allowed().nodes());
        CpuModel model = details.model();
        if (!model.vendor().isEmpty()) {
            root.putObject("processor")
                    .put("name", model.name())
                    .put("vendor", model.vendor())
                    .put("family", model.family())
                    .put("model", model.model())
                    .put("microarchitecture", tlbs.microarchitecture(model));
        }
        ArrayNode cores = root.putArray("cores");
        for (HostCore core : details.cores()) {
            ObjectNode entry = cores.addObject();
            TopologyReport.putKnown(entry, "package", core.packageId());
            TopologyReport.putKnown(entry, "die", core.dieId());
            TopologyReport.putKnown(entry, "core", core.coreId());
            addNumbers(entry.putArray("cpus"), core.cpus());
        }
        ArrayNode kinds = root.putArray("kinds");
        for (CpuKind kind : details.kinds()) {
            ObjectNode entry = kinds.addObject();
            entry.put("name", kind.name());
            addNumbers(entry.putArray("cpus"), kind.cpus());
            TopologyReport.putKnown(entry, "capacity", kind.capacity());
            TopologyReport.putKnown(entry, "baseKilohertz", kind.baseKilohertz());
        }
        ArrayNode known = root.putArray("tlbs");
        for (HostTlb tlb : tlbs.find(model)) {
            known.addObject()
                    .put("name", tlb.name())
                    .put("pages", tlb.pages())
                    .put("entries", tlb.entries())
                    .put("ways", tlb.ways())
                    .put("source", tlb.source());
        }
        ArrayNode accesses = root.putArray("accessClasses");
        for (NodeAccess access : details.accesses()) {
            ObjectNode entry = accesses.addObject();
            entry.put("node", access.target()).put("class", access.accessClass());
            addNumbers(entry.putArray("initiators"), access.initiators());
            TopologyReport.putKnown(entry, "readLatencyNs", access.readLatencyNs());
            TopologyReport.putKnown(entry, "writeLatencyNs", access.writeLatencyNs());
            TopologyReport.putKnown(entry, "readMibPerSecond", access.readMibPerSecond());
            TopologyReport.putKnown(entry, "writeMibPerSecond", access.writeMibPerSecond());
        }
    }

    private static void addNumbers(ArrayNode array, BitSet set) {
        set.stream().forEach(array::add);
    }
}
