package dev.mitosis.halnative.topology;

import dev.mitosis.halnative.files.SysfsValues;
import dev.mitosis.halnative.files.SystemFiles;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The folder of a control group that restricts processors and nodes, in one of its three shapes: version 2, version 1, and the
 * file system that was there before control groups.
 *
 * <p>Source: Linux {@code Documentation/admin-guide/cgroup-v1/cpusets.rst}, {@code Documentation/admin-guide/cgroup-v2.rst}.
 *
 * @param path the folder
 * @param cpuFiles the names of the file of processors, the effective one first
 * @param nodeFiles the names of the file of nodes, the effective one first
 */
record CpusetFolder(String path, List<String> cpuFiles, List<String> nodeFiles) {
    private static final String UNIFIED_HIERARCHY = "0::";

    /** The folders of the task's own group and those above it, from each place where such a file system is mounted. */
    static List<CpusetFolder> candidates(SystemFiles files) {
        List<CpusetFolder> folders = new ArrayList<>();
        String groups = files.read("/proc/self/cgroup").orElse("");
        String ofCpuset = files.read("/proc/self/cpuset").orElse("");
        for (String line : files.read("/proc/mounts").orElse("").split("\n", -1)) {
            String[] words = line.split(" ", -1);
            if (words.length < 4 || !words[1].startsWith("/")) {
                continue;
            }
            List<String> options = List.of(words[3].split(",", -1));
            if (words[2].equals("cgroup2") && hasCpusets(files, words[1])) {
                String group = pathOf(groups, UNIFIED_HIERARCHY).orElse(ofCpuset);
                add(folders, words[1], group, true, false);
            } else if (words[2].equals("cpuset") || words[2].equals("cgroup") && options.contains("cpuset")) {
                boolean plain = words[2].equals("cpuset") || options.contains("noprefix");
                add(folders, words[1], pathOf(groups, ":cpuset:").orElse(ofCpuset), false, plain);
            }
        }
        return folders;
    }

    private static boolean hasCpusets(SystemFiles files, String mount) {
        String controllers = files.read(mount + "/cgroup.controllers").orElse("");
        return List.of(controllers.split("\\s+", -1)).contains("cpuset");
    }

    /** The path in the line of {@code /proc/self/cgroup} that has this hierarchy. */
    private static Optional<String> pathOf(String groups, String hierarchy) {
        for (String line : groups.split("\n", -1)) {
            int at = line.indexOf(hierarchy);
            if (at >= 0 && (at == 0 || hierarchy.startsWith(":"))) {
                return Optional.of(line.substring(at + hierarchy.length()));
            }
        }
        return Optional.empty();
    }

    /** A group without files of its own, or one that this container cannot see, is as the next one above it. */
    private static void add(List<CpusetFolder> folders, String mount, String group, boolean unified, boolean plain) {
        String path = group.strip();
        while (true) {
            String folder = path.isEmpty() || path.equals("/") ? mount : mount + path;
            folders.add(
                    unified
                            ? new CpusetFolder(
                                    folder, List.of("cpuset.cpus.effective"), List.of("cpuset.mems.effective"))
                            : plain
                                    ? new CpusetFolder(
                                            folder,
                                            List.of("effective_cpus", "cpus"),
                                            List.of("effective_mems", "mems"))
                                    : new CpusetFolder(
                                            folder,
                                            List.of("cpuset.effective_cpus", "cpuset.cpus"),
                                            List.of("cpuset.effective_mems", "cpuset.mems")));
            int slash = path.lastIndexOf('/');
            if (slash < 0 || path.equals("/")) {
                return;
            }
            path = path.substring(0, slash);
        }
    }

    Optional<BitSet> read(SysfsValues values, boolean ofCpus) {
        for (String name : ofCpus ? cpuFiles : nodeFiles) {
            Optional<BitSet> set = values.list(path + "/" + name);
            if (set.isPresent() && !set.get().isEmpty()) {
                return set;
            }
        }
        return Optional.empty();
    }
}
