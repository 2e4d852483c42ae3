package dev.mitosis.halnative.topology;

import dev.mitosis.halnative.files.SysfsValues;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.files.TaskStatus;
import java.util.BitSet;
import java.util.Optional;

/**
 * What a task may use of a host: the effective sets of its affinity and control group.
 *
 * <p>Source: proc(5), cpuset(7), cgroups(7), Linux {@code Documentation/admin-guide/cgroup-v2.rst}.
 *
 * @param cpus the processors that it may run on
 * @param nodes the nodes that it may take memory from
 * @param source the file or folder that says so; empty where nothing does, and all is allowed
 */
public record AllowedSets(BitSet cpus, BitSet nodes, String source) {
    public AllowedSets {
        cpus = (BitSet) cpus.clone();
        nodes = (BitSet) nodes.clone();
    }

    @Override
    public BitSet cpus() {
        return (BitSet) cpus.clone();
    }

    @Override
    public BitSet nodes() {
        return (BitSet) nodes.clone();
    }

    /** Where nothing restricts a task. */
    public static AllowedSets all(BitSet cpus, BitSet nodes) {
        return new AllowedSets(cpus, nodes, "");
    }

    /**
     * Reads the sets of the task that {@code /proc/self} describes: from its status, which has what the kernel goes by; from its
     * control group where a captured machine has no status.
     *
     * @param cpus the processors online
     * @param nodes the nodes there are
     */
    public static AllowedSets read(SystemFiles files, BitSet cpus, BitSet nodes) {
        SysfsValues values = new SysfsValues(files);
        TaskStatus status = TaskStatus.read(files);
        if (!status.allowedCpus().isEmpty()) {
            return within(cpus, nodes, status.allowedCpus(), status.allowedNodes(), "/proc/self/status");
        }
        for (CpusetFolder folder : CpusetFolder.candidates(files)) {
            Optional<BitSet> someCpus = folder.read(values, true);
            Optional<BitSet> someNodes = folder.read(values, false);
            if (someCpus.isPresent() || someNodes.isPresent()) {
                return within(cpus, nodes, someCpus.orElse(cpus), someNodes.orElse(nodes), folder.path());
            }
        }
        return all(cpus, nodes);
    }

    /** An empty mask of nodes is a kernel's that has none. */
    private static AllowedSets within(BitSet cpus, BitSet nodes, BitSet someCpus, BitSet someNodes, String source) {
        BitSet allowedCpus = (BitSet) cpus.clone();
        allowedCpus.and(someCpus);
        BitSet allowedNodes = (BitSet) nodes.clone();
        if (!someNodes.isEmpty()) {
            allowedNodes.and(someNodes);
        }
        return new AllowedSets(allowedCpus, allowedNodes, source);
    }
}
