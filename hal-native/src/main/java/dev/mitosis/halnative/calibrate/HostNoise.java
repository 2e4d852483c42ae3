package dev.mitosis.halnative.calibrate;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.topology.HostCore;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What makes numbers wrong on a machine that is not quiet, or not itself: a sentence for each that is so here. */
final class HostNoise {
    private static final double MOST_LOAD = 0.5;
    private static final double MOST_STEAL = 0.01;
    private static final double LEAST_HUGE = 0.9;
    /** The field of the line of all processors in {@code /proc/stat}, after its name. Source: proc(5). */
    private static final int STEAL = 7;

    private final SystemFiles files;
    private final HostTopology host;
    private final BitSet usable;
    private final long[] timesBefore;

    /** The noise from now on. */
    HostNoise(SystemFiles files, HostTopology host, BitSet usable) {
        this.files = files;
        this.host = host;
        this.usable = usable;
        timesBefore = times();
    }

    /** What is known before anything is measured. */
    List<String> before() {
        List<String> notes = new ArrayList<>();
        if (host.nodes().size() == 1) {
            notes.add("one node: nothing is remote here, so neither remote latency nor what it does to walks can be"
                    + " seen");
        }
        if (files.read("/proc/cpuinfo").orElse("").contains(" hypervisor")) {
            notes.add("a virtual machine: processors may be moved, walks are of two dimensions, and nodes may not be"
                    + " real ones");
        }
        nodesOfAPackage().ifPresent(notes::add);
        Optional<String> balancing = files.read("/proc/sys/kernel/numa_balancing");
        if (balancing.isPresent() && !balancing.get().strip().equals("0")) {
            notes.add("NUMA balancing is on: it may unmap pages while they are measured");
        }
        Optional<String> huge = files.read("/sys/kernel/mm/transparent_hugepage/enabled");
        if (huge.isEmpty() || huge.get().contains("[never]")) {
            notes.add("no transparent huge pages: latencies through huge pages are through small ones");
        }
        String governor = files.read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
                .orElse("performance");
        if (!governor.strip().equals("performance")) {
            notes.add("the frequency governor is '" + governor.strip() + "': frequencies change while it is measured");
        }
        double load = load();
        if (load > MOST_LOAD) {
            notes.add("the load is " + load + ": other programs run, and take caches and bandwidth");
        }
        if (usable.cardinality() < host.onlineCpus().cardinality()) {
            notes.add("this process may use processors " + Bitmasks.list(usable) + " only");
        }
        return notes;
    }

    /** Snooping and interleaving differ with how a package is divided, and so do latencies within it. */
    private Optional<String> nodesOfAPackage() {
        Map<Integer, BitSet> nodes = new TreeMap<>();
        for (HostCore core : host.details().cores()) {
            for (HostNode node : host.nodes()) {
                if (core.packageId() >= 0 && node.cpus().intersects(core.cpus())) {
                    nodes.computeIfAbsent(core.packageId(), number -> new BitSet())
                            .set(node.number());
                }
            }
        }
        return nodes.entrySet().stream()
                .filter(entry -> entry.getValue().cardinality() > 1)
                .findFirst()
                .map(entry -> "package " + entry.getKey() + " has "
                        + entry.getValue().cardinality()
                        + " nodes (sub-NUMA clustering, nodes per socket, or a cache as a node): latencies"
                        + " differ within it");
    }

    private double load() {
        String[] words = files.read("/proc/loadavg").orElse("0").split(" ", -1);
        return words[0].matches("[0-9]+(\\.[0-9]+)?") ? Double.parseDouble(words[0]) : 0;
    }

    /** What is known afterwards: time in which a hypervisor ran something else. */
    List<String> after() {
        long[] times = times();
        long all = 0;
        for (int i = 0; i < Math.min(times.length, timesBefore.length); i++) {
            all += times[i] - timesBefore[i];
        }
        if (all <= 0 || times.length <= STEAL || timesBefore.length <= STEAL) {
            return List.of();
        }
        double stolen = (double) (times[STEAL] - timesBefore[STEAL]) / all;
        return stolen <= MOST_STEAL
                ? List.of()
                : List.of(String.format(
                        Locale.ROOT,
                        "the hypervisor took %.0f %% of the processors' time for others while it was measured",
                        100 * stolen));
    }

    /** User, nice, system, idle, iowait, irq, softirq and steal, of all processors; none where the kernel does not say. */
    private long[] times() {
        String first = files.read("/proc/stat").orElse("").split("\n", 2)[0];
        if (!first.matches("cpu( +[0-9]{1,18})+")) {
            return new long[0];
        }
        String[] words = first.substring(3).strip().split(" +", -1);
        long[] times = new long[Math.min(words.length, STEAL + 1)];
        for (int i = 0; i < times.length; i++) {
            times[i] = Long.parseLong(words[i]);
        }
        return times;
    }

    /** Whether memory that was asked for in huge pages is in them: fragmented memory has none to give. */
    List<String> ofHugePages(long va, long bytes) {
        long huge = hugeBytes(files.read("/proc/self/smaps").orElse(""), va);
        double share = (double) huge / bytes;
        return huge < 0 || share >= LEAST_HUGE
                ? List.of()
                : List.of(String.format(
                        Locale.ROOT,
                        "%.0f %% of the memory for huge pages is in huge pages: the rest walks as small ones do",
                        100 * share));
    }

    /** The bytes in huge pages of the area that an address is in; -1 where the text does not have it. */
    static long hugeBytes(String smaps, long va) {
        boolean isInArea = false;
        for (String line : smaps.split("\n", -1)) {
            if (line.matches("[0-9a-f]{1,16}-[0-9a-f]{1,16} .*")) {
                int dash = line.indexOf('-');
                long from = Long.parseUnsignedLong(line.substring(0, dash), 16);
                long to = Long.parseUnsignedLong(line.substring(dash + 1, line.indexOf(' ')), 16);
                isInArea = Long.compareUnsigned(from, va) <= 0 && Long.compareUnsigned(va, to) < 0;
            } else if (isInArea && line.matches("AnonHugePages: *[0-9]{1,15} kB")) {
                return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return -1;
    }
}
