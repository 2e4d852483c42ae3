package dev.mitosis.halnative.sysfs;

import dev.mitosis.halnative.files.SysfsValues;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.topology.NodeAccess;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Reads the access classes of nodes, which the kernel has from the firmware's HMAT table. The initiators are links by name in
 * {@code nodeN/accessC/initiators}; none of them is followed.
 *
 * <p>Source: Linux {@code Documentation/admin-guide/mm/numaperf.rst}.
 */
final class HmatReader {
    private final SystemFiles files;
    private final SysfsValues values;

    HmatReader(SystemFiles files) {
        this.files = files;
        this.values = new SysfsValues(files);
    }

    /** How fast this node's memory is, by class; none where the firmware is silent. */
    List<NodeAccess> read(String directory, int node) {
        List<NodeAccess> accesses = new ArrayList<>();
        for (int accessClass = 0; accessClass <= 1; accessClass++) {
            readClass(directory, node, accessClass).ifPresent(accesses::add);
        }
        return accesses;
    }

    private Optional<NodeAccess> readClass(String directory, int node, int accessClass) {
        String initiators = directory + "/access" + accessClass + "/initiators";
        BitSet nearest = new BitSet();
        for (String name : files.list(initiators)) {
            int number = SysfsValues.suffix(name, "node");
            if (number >= 0) {
                nearest.set(number);
            }
        }
        if (nearest.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new NodeAccess(
                node,
                accessClass,
                nearest,
                known(initiators + "/read_latency"),
                known(initiators + "/write_latency"),
                known(initiators + "/read_bandwidth"),
                known(initiators + "/write_bandwidth")));
    }

    /** The kernel prints 0 for what the firmware does not say. */
    private long known(String path) {
        long number = values.number(path);
        return number == 0 ? -1 : number;
    }
}
