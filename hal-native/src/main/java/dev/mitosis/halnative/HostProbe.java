package dev.mitosis.halnative;

import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.libc.NumaLibrary;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * This host as it can be seen from here: its topology from sysfs, compared with libnuma where that works, and what is in the way of
 * placing memory.
 *
 * @param topology as sysfs has it, which is what counts
 * @param source in words, what it was read from and whether that agrees
 * @param readOnly whether memory policies are out of reach, so that the host can be looked at and no more
 * @param warnings one line for each thing that is not as on a plain NUMA host
 */
public record HostProbe(HostTopology topology, String source, boolean readOnly, List<String> warnings) {
    private static final int EPERM = 1;
    private static final int ENOSYS = 38;

    public HostProbe {
        warnings = List.copyOf(warnings);
    }

    /**
     * Looks at a host.
     *
     * @param library libnuma, where it is installed
     */
    public static HostProbe of(SystemFiles files, Optional<NumaLibrary> library, LinuxCalls calls) {
        HostTopology topology = new SysfsReader(files).read();
        List<String> warnings = new ArrayList<>();
        bootOption(files).ifPresent(warnings::add);
        int policy = calls.getMempolicy(null, null, 0, 0, 0);
        if (policy < 0) {
            warnings.add(whyReadOnly(-policy, topology.isNuma(), calls));
            return new HostProbe(topology, "sysfs", true, warnings);
        }
        if (!topology.isNuma()) {
            warnings.add(
                    "sysfs describes no nodes, though the kernel has memory policies: everything is shown as node 0");
        }
        int pages = calls.movePages(0, new long[0], null, new int[0], 0);
        if (pages < 0) {
            warnings.add("move_pages: " + calls.strerror(-pages) + ": pages can be neither found nor moved here");
        }
        if (library.isEmpty()) {
            return new HostProbe(topology, "sysfs (libnuma is not installed)", false, warnings);
        }
        if (!library.get().isAvailable()) {
            return new HostProbe(topology, "sysfs (libnuma does not work here)", false, warnings);
        }
        List<String> differences = topology.isNuma() ? differences(topology, library.get()) : List.of();
        warnings.addAll(differences);
        String agreement = differences.isEmpty() ? "which agree" : "which differ";
        return new HostProbe(topology, "sysfs and libnuma, " + agreement, false, warnings);
    }

    private static String whyReadOnly(int errno, boolean numa, LinuxCalls calls) {
        if (errno == ENOSYS && !numa) {
            return "the kernel has no NUMA: everything is shown as node 0, and there are no memory policies";
        }
        String filter =
                errno == EPERM || errno == ENOSYS ? " (containers filter it unless they have CAP_SYS_NICE)" : "";
        return "get_mempolicy: " + calls.strerror(errno) + filter + ": read-only, the topology is from sysfs alone";
    }

    private static Optional<String> bootOption(SystemFiles files) {
        for (String word : files.read("/proc/cmdline").orElse("").split("\\s+", -1)) {
            if (word.equals("numa=off")) {
                return Optional.of("the kernel was started with numa=off: it shows one node whatever the hardware is");
            }
            if (word.startsWith("numa=fake=")) {
                return Optional.of("the kernel was started with " + word + ": the nodes are made up");
            }
        }
        return Optional.empty();
    }

    /** Where libnuma and sysfs say different things, one line each. */
    static List<String> differences(HostTopology topology, NumaLibrary numa) {
        List<String> lines = new ArrayList<>();
        int highest = topology.nodeNumbers().length() - 1;
        compare(lines, "the highest node", numa.maxNode(), highest);
        BitSet seen = new BitSet();
        for (int i = 0; i < topology.nodes().size(); i++) {
            HostNode node = topology.nodes().get(i);
            int number = node.number();
            compare(lines, "the bytes of node " + number, numa.sizeBytes(number), node.sizeBytes());
            for (int j = 0; j < topology.nodes().size(); j++) {
                int to = topology.nodes().get(j).number();
                compare(
                        lines,
                        "the distance from node " + number + " to " + to,
                        numa.distance(number, to),
                        topology.distance(i, j));
            }
            BitSet cpus = node.cpus();
            cpus.and(topology.onlineCpus());
            cpus.andNot(seen); // a processor of two nodes belongs to the first
            seen.or(cpus);
            cpus.stream().forEach(cpu -> compare(lines, "the node of processor " + cpu, numa.nodeOfCpu(cpu), number));
        }
        return lines;
    }

    private static void compare(List<String> lines, String what, long ofLibrary, long ofSysfs) {
        if (ofLibrary != ofSysfs) {
            lines.add(what + " is " + ofLibrary + " by libnuma and " + ofSysfs + " by sysfs, which is used");
        }
    }
}
