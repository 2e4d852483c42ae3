package dev.mitosis.halnative.sysfs;

import dev.mitosis.halnative.files.SysfsValues;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.topology.CacheUnit;
import dev.mitosis.halnative.topology.CpuKind;
import dev.mitosis.halnative.topology.HostCore;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads cores, caches and kinds of processors from {@code /sys/devices}.
 *
 * <p>Source: Linux {@code Documentation/ABI/testing/sysfs-devices-system-cpu}, {@code Documentation/admin-guide/cputopology.rst}.
 */
final class CpuReader {
    private static final String CPUS = "/sys/devices/system/cpu";
    /** The lists of Intel's hybrid processors, beside their performance counters. */
    private static final List<String> INTEL_KINDS = List.of("cpu_core", "cpu_atom", "cpu_lowpower");

    private final SystemFiles files;
    private final SysfsValues values;
    private final BitSet online;

    CpuReader(SystemFiles files, BitSet online) {
        this.files = files;
        this.values = new SysfsValues(files);
        this.online = (BitSet) online.clone();
    }

    List<HostCore> cores() {
        List<HostCore> cores = new ArrayList<>();
        BitSet seen = new BitSet();
        for (int cpu = online.nextSetBit(0); cpu >= 0; cpu = online.nextSetBit(cpu + 1)) {
            String directory = CPUS + "/cpu" + cpu + "/topology";
            if (seen.get(cpu) || !files.exists(directory)) {
                continue;
            }
            BitSet threads = sharers(directory + "/core_cpus", directory + "/thread_siblings", cpu);
            seen.or(threads);
            cores.add(new HostCore(
                    values.index(directory + "/physical_package_id"),
                    values.index(directory + "/die_id"),
                    values.index(directory + "/core_id"),
                    threads));
        }
        return cores;
    }

    List<CacheUnit> caches() {
        List<CacheUnit> caches = new ArrayList<>();
        for (int cpu = online.nextSetBit(0); cpu >= 0; cpu = online.nextSetBit(cpu + 1)) {
            String directory = CPUS + "/cpu" + cpu + "/cache";
            for (String index : files.list(directory)) {
                if (SysfsValues.suffix(index, "index") >= 0) {
                    CacheUnit cache = cache(directory + "/" + index, cpu);
                    boolean isFirst = cache.cpus().isEmpty()
                            ? !caches.contains(cache)
                            : cache.cpus().nextSetBit(0) == cpu;
                    if (isFirst && cache.level() > 0) {
                        caches.add(cache);
                    }
                }
            }
        }
        caches.sort(Comparator.comparing(CacheUnit::name)
                .thenComparing(cache -> cache.cpus().nextSetBit(0)));
        return caches;
    }

    private CacheUnit cache(String directory, int cpu) {
        String type = files.read(directory + "/type").orElse("");
        return new CacheUnit(
                values.index(directory + "/level"),
                type.equals("Data") ? "d" : type.equals("Instruction") ? "i" : "",
                sizeBytes(files.read(directory + "/size").orElse("")),
                Math.max(0, values.index(directory + "/ways_of_associativity")),
                Math.max(0, values.index(directory + "/coherency_line_size")),
                sharersOfCache(directory, cpu));
    }

    /** Those online in the mask or the list; nobody where the kernel names none. */
    private BitSet sharersOfCache(String directory, int cpu) {
        BitSet sharers = values.mask(directory + "/shared_cpu_map").orElseGet(BitSet::new);
        if (!sharers.get(cpu)) {
            sharers = values.list(directory + "/shared_cpu_list").orElseGet(BitSet::new);
        }
        sharers.and(online);
        return sharers.get(cpu) ? sharers : new BitSet();
    }

    /** The processors online in the first of two masks that is there; the processor alone where none is, or it is not in it. */
    private BitSet sharers(String path, String olderPath, int cpu) {
        Optional<BitSet> mask = values.mask(path);
        BitSet sharers = mask.isPresent() ? mask.get() : values.mask(olderPath).orElseGet(BitSet::new);
        sharers.and(online);
        if (!sharers.get(cpu)) {
            sharers.clear();
            sharers.set(cpu);
        }
        return sharers;
    }

    private static long sizeBytes(String text) {
        if (!text.matches("[0-9]{1,9}[KM]?")) {
            return 0;
        }
        char unit = text.charAt(text.length() - 1);
        long number = Long.parseLong(Character.isDigit(unit) ? text : text.substring(0, text.length() - 1));
        return unit == 'K' ? number << 10 : unit == 'M' ? number << 20 : number;
    }

    /** Processors that differ in name, capacity or base frequency. The highest frequency differs among equals, too. */
    List<CpuKind> kinds() {
        Map<String, BitSet> names = names();
        Map<CpuKind, BitSet> members = new LinkedHashMap<>();
        for (int cpu = online.nextSetBit(0); cpu >= 0; cpu = online.nextSetBit(cpu + 1)) {
            String name = "";
            for (Map.Entry<String, BitSet> entry : names.entrySet()) {
                name = entry.getValue().get(cpu) ? entry.getKey() : name;
            }
            CpuKind kind = new CpuKind(
                    name,
                    new BitSet(),
                    values.number(CPUS + "/cpu" + cpu + "/cpu_capacity"),
                    values.number(CPUS + "/cpu" + cpu + "/cpufreq/base_frequency"));
            members.computeIfAbsent(kind, k -> new BitSet()).set(cpu);
        }
        if (members.size() < 2) {
            return List.of();
        }
        List<CpuKind> kinds = new ArrayList<>();
        members.forEach(
                (kind, cpus) -> kinds.add(new CpuKind(kind.name(), cpus, kind.capacity(), kind.baseKilohertz())));
        return kinds;
    }

    private Map<String, BitSet> names() {
        Map<String, BitSet> names = new TreeMap<>();
        for (String type : files.list(CPUS + "/types")) {
            values.mask(CPUS + "/types/" + type + "/cpumap").ifPresent(cpus -> names.put(type, cpus));
        }
        for (String type : INTEL_KINDS) {
            values.list("/sys/devices/" + type + "/cpus").ifPresent(cpus -> names.put(type, cpus));
        }
        return names;
    }
}
