package dev.mitosis.cli.machine;

import dev.mitosis.halnative.calibrate.CacheLevels;
import dev.mitosis.halnative.calibrate.Calibration;
import dev.mitosis.halnative.calibrate.Measured;
import dev.mitosis.halnative.calibrate.PairTable;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.topology.CpuModel;
import dev.mitosis.halnative.topology.HostCache;
import dev.mitosis.halnative.topology.HostCore;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTlb;
import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.halnative.topology.TlbTable;
import dev.mitosis.halsim.machine.MachineProfile;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * A calibrated host as a machine's file: what was measured, over a machine that has the rest.
 *
 * <p>Errors: {@link IllegalArgumentException} where a number that a machine needs was not measured.
 */
final class CalibratedProfile {
    private static final int SETS_OF_A_GROUP = 256;
    private static final int LINE_BYTES = 64;

    private final Calibration measured;
    private final HostTopology host;
    private final List<Integer> nodes = new ArrayList<>();
    private final String how;
    private final double megahertz;
    private final StringBuilder out = new StringBuilder();

    private CalibratedProfile(Calibration measured, LocalDate date) {
        this.measured = measured;
        host = measured.host();
        for (int node = 0; node < host.nodes().size(); node++) {
            HostNode one = host.nodes().get(node);
            if (!one.cpus().isEmpty() && one.sizeBytes() > 0) {
                nodes.add(node);
            }
        }
        how = "measured on " + date + " by mitosis calibrate";
        megahertz = megahertz();
    }

    static String write(Calibration measured, @Nullable String base, LocalDate date) {
        CalibratedProfile profile = new CalibratedProfile(measured, date);
        profile.writeAll(base == null ? likeliest(measured.host().details().model()) : base, date);
        return profile.out.toString();
    }

    /** The machine whose processor is most like: by vendor, and by what Intel calls Ice Lake and Sapphire Rapids. */
    static String likeliest(CpuModel model) {
        if (model.vendor().equals("AuthenticAMD")) {
            return model.family() > 0x19 || model.model() >= 0x10 ? "2s-epyc-genoa" : "2s-epyc-milan";
        }
        String kind = TlbTable.load().microarchitecture(model);
        return switch (kind) {
            case "Golden Cove" -> "2s-sapphire-rapids";
            case "Sunny Cove" -> "2s-ice-lake";
            case "Haswell", "Broadwell" -> "4s-haswell-ex";
            default -> "2s-cascade-lake";
        };
    }

    private void writeAll(String base, LocalDate date) {
        String name = host.details().model().name();
        out.append("# ").append(name).append(", calibrated on ").append(date).append(".\n");
        out.append("# What is not here is as of ").append(base).append(". Every number stands with its source.\n");
        measured.notes().forEach(note -> out.append("# Note: ").append(note).append('\n'));
        out.append("include classpath(\"dev/mitosis/machines/").append(base).append(".conf\")\n\n");
        out.append("description = \"")
                .append(name.replace("\"", ""))
                .append(", this host as calibrated on ")
                .append(date);
        out.append("\"\n");
        writeShape();
        if (nodes.size() == 1) {
            writeLoneNode(base);
        } else {
            writeWays();
        }
        writeContention();
        writeCaches();
        writeTlbs();
    }

    private void number(String key, long value, String source) {
        out.append(key).append(" = { value = ").append(value).append(", source = \"");
        out.append(source.replace("\"", "'").replace("\\", "/")).append("\" }\n");
    }

    private void writeShape() {
        Set<Integer> packages = new HashSet<>();
        int threads = 1;
        for (HostCore core : host.details().cores()) {
            packages.add(core.packageId());
            threads = Math.max(threads, core.cpus().cardinality());
        }
        // Where the kernel does not say which package a core is in, each node counts as one.
        boolean isKnown = !packages.isEmpty() && !packages.contains(-1);
        int sockets = isKnown ? packages.size() : nodes.size();
        int clusters = nodes.size() % sockets == 0 ? nodes.size() / sockets : 1;
        sockets = nodes.size() / clusters;
        int cores = Integer.MAX_VALUE;
        long bytes = Long.MAX_VALUE;
        for (int node : nodes) {
            BitSet cpus = host.nodes().get(node).cpus();
            cpus.and(host.onlineCpus());
            int own = (int) host.details().cores().stream()
                    .filter(core -> core.cpus().intersects(cpus))
                    .count();
            cores = Math.min(cores, own == 0 ? cpus.cardinality() : own);
            bytes = Math.min(bytes, host.nodes().get(node).sizeBytes());
        }
        String source = "sysfs of this host; the least of its nodes";
        number("sockets", sockets, "sysfs of this host");
        number("nodesPerSocket", clusters, "sysfs of this host");
        number("coresPerSocket", (long) cores * clusters, source);
        number("threadsPerCore", threads, source);
        number("frequencyMhz", Math.round(megahertz), "/proc/cpuinfo of this host");
        number("memoryPerSocketGib", Math.max(1, (bytes * clusters + (1L << 29)) >> 30), source);
    }

    private static double megahertz() {
        for (String line : FolderFiles.host().read("/proc/cpuinfo").orElse("").split("\n", -1)) {
            if (line.startsWith("cpu MHz")) {
                String value = line.substring(line.indexOf(':') + 1).strip();
                if (value.matches("[0-9]+(\\.[0-9]+)?")) {
                    return Double.parseDouble(value);
                }
            }
        }
        throw new IllegalArgumentException("/proc/cpuinfo does not say how fast the processors are");
    }

    private long cycles(double nanos) {
        return Math.max(1, Math.round(nanos * megahertz / 1000));
    }

    private interface Cell {
        long of(int from, int to);
    }

    private void matrix(String key, Cell cell, String source) {
        StringJoiner rows = new StringJoiner(", ", "[", "]");
        for (int from : nodes) {
            StringJoiner row = new StringJoiner(", ", "[", "]");
            for (int to : nodes) {
                row.add(Long.toString(cell.of(from, to)));
            }
            rows.add(row.toString());
        }
        out.append(key)
                .append(" = { value = ")
                .append(rows)
                .append(", source = \"")
                .append(source)
                .append("\" }\n");
    }

    /** A lone node says nothing of others: they are as far as on the machine that has the rest. */
    private void writeLoneNode(String base) {
        MachineProfile like = MachineProfile.load(base);
        double ratio = (double) like.memoryRemoteCycles() / like.memoryLocalCycles();
        long local = cycles(need(measured.idleNanos(), nodes.get(0), nodes.get(0), "latency")
                .value());
        long megabytes = Math.round(need(measured.megabytesPerSecond(), nodes.get(0), nodes.get(0), "bandwidth")
                .value());
        number(
                "memory.localCycles",
                local,
                how + ": chains through huge pages; spread " + percent(measured.idleNanos()));
        number("memory.remoteCycles", Math.round(ratio * local), "not seen on one node: as many times as on " + base);
        number("memory.localMegabytesPerSecond", megabytes, how + ": all usable processors read");
        long remote = like.links().link(0, like.nodes() - 1).megabytesPerSecond();
        long own = like.links().link(0, 0).megabytesPerSecond();
        number(
                "memory.remoteMegabytesPerSecond",
                Math.max(1, megabytes * remote / own),
                "not seen on one node: the part of its own as on " + base);
    }

    private void writeWays() {
        matrix(
                "distance.ofNodes",
                (from, to) -> host.distance(from, to) > 0 ? host.distance(from, to) : from == to ? 10 : 20,
                "SLIT of this host, as sysfs has it");
        matrix(
                "memory.cyclesOfNodes",
                (from, to) ->
                        cycles(need(measured.idleNanos(), from, to, "latency").value()),
                how + ": chains through huge pages; spread up to " + percent(measured.idleNanos()));
        matrix(
                "memory.megabytesPerSecondOfNodes",
                (from, to) -> Math.round(need(measured.megabytesPerSecond(), from, to, "bandwidth")
                        .value()),
                how + ": all usable processors of the node read; spread up to "
                        + percent(measured.megabytesPerSecond()));
    }

    private void writeContention() {
        int home = nodes.get(0);
        measured.busyNanos().get(home, home).ifPresent(busy -> {
            double factor = Math.max(
                    1,
                    busy.value()
                            / need(measured.idleNanos(), home, home, "latency").value());
            out.append(String.format(
                    Locale.ROOT,
                    "memory.contentionFactor = { value = %.2f, source = \"%s: latency while the node's other"
                            + " processors read\" }\n",
                    factor,
                    how));
        });
    }

    private Measured need(PairTable table, int from, int to, String what) {
        return table.get(from, to)
                .orElseThrow(() -> new IllegalArgumentException(what + " from node "
                        + host.nodes().get(from).number() + " to "
                        + host.nodes().get(to).number()
                        + " was not measured: a larger --budget may help"));
    }

    private String percent(PairTable table) {
        double most = 0;
        for (int from : nodes) {
            for (int to : nodes) {
                most = Math.max(most, table.get(from, to).map(Measured::spread).orElse(0.0));
            }
        }
        return String.format(Locale.ROOT, "%.0f %%", 100 * most);
    }

    private void writeCaches() {
        List<CacheLevels> levels = CacheLevels.of(measured);
        if (levels.size() != 3) {
            return;
        }
        List<String> keys = List.of("l1", "l2", "last");
        for (int i = 0; i < levels.size(); i++) {
            CacheLevels level = levels.get(i);
            HostCache cache = level.cache();
            String key = "cache." + keys.get(i);
            boolean isShared =
                    i == 2 && cache.ways() > 0 && level.seenBytes() > 0 && level.seenBytes() < cache.sizeBytes() / 2;
            if (isShared) {
                long group = (long) cache.ways() * SETS_OF_A_GROUP * LINE_BYTES;
                number(
                        key + ".sizeKib",
                        Math.max(1, level.seenBytes() / group) * group >> 10,
                        how + ": latency rises there; sysfs says " + (cache.sizeBytes() >> 10)
                                + " KiB, shared with others");
            } else {
                number(key + ".sizeKib", cache.sizeBytes() >> 10, "sysfs of this host");
            }
            if (cache.ways() > 0) {
                number(key + ".ways", cache.ways(), "sysfs of this host");
            }
            number(key + ".latencyCycles", cycles(level.nanos()), how + ": chains through a part of it");
        }
        int cpus = host.onlineCpus().cardinality();
        int instances = levels.get(2).cache().instances();
        if (instances > 0) {
            number("cache.last.cores", Math.max(1, cpus / instances), "sysfs of this host: processors that share one");
        }
    }

    private void writeTlbs() {
        for (HostTlb tlb : TlbTable.load().find(host.details().model())) {
            int ways =
                    tlb.ways().equals("full") ? tlb.entries() : tlb.ways().isEmpty() ? 4 : Integer.parseInt(tlb.ways());
            String source = "by vendor, family and model: tlbs.csv, " + tlb.source();
            for (String key : keysOf(tlb)) {
                number("tlb." + key + ".entries", tlb.entries(), source);
                number("tlb." + key + ".ways", ways, source);
            }
        }
    }

    private static List<String> keysOf(HostTlb tlb) {
        List<String> keys = new ArrayList<>();
        if (tlb.name().equals("L1 DTLB")) {
            for (String size : tlb.pages().split("\\+", -1)) {
                keys.add(size.equals("4K") ? "l1Base" : size.equals("2M") ? "l1Huge" : "l1Giant");
            }
        } else if (tlb.pages().startsWith("4K")
                && (tlb.name().equals("STLB") || tlb.name().equals("L2 DTLB"))) {
            keys.add("second");
        }
        return keys;
    }
}
