package dev.mitosis.halnative.replication;

import dev.mitosis.halnative.LinuxCalls;
import dev.mitosis.halnative.SystemFiles;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The ports to Linux 6 and 7: {@code prctl(100, nodes)} with a mask of at least two nodes, or 1 for all that are online; a mask
 * of node 0 alone can therefore not be said. Whether exec keeps it is a knob.
 */
public record PrctlReplication(SystemFiles files, LinuxCalls calls) implements PageTableReplication {
    static final int PR_SET_PGTABLE_REPL = 100;
    static final int PR_GET_PGTABLE_REPL = 101;

    private static final int EINVAL = 22;
    private static final List<String> KNOBS = List.of("/proc/sys/kernel/mitosis_inherit", "/proc/mitosis/inherit");

    @Override
    public boolean isSupported() {
        return true;
    }

    @Override
    public int setNodes(BitSet nodes, BitSet onlineNodes) {
        if (nodes.isEmpty()) {
            return calls.prctl(PR_SET_PGTABLE_REPL, 0, 0, 0, 0);
        }
        if (nodes.cardinality() > 1 && nodes.equals(onlineNodes)) {
            return calls.prctl(PR_SET_PGTABLE_REPL, 1, 0, 0, 0);
        }
        if (nodes.cardinality() < 2 || nodes.length() > Long.SIZE) {
            return -EINVAL;
        }
        return calls.prctl(PR_SET_PGTABLE_REPL, nodes.toLongArray()[0], 0, 0, 0);
    }

    @Override
    public BitSet nodes(BitSet onlineNodes) {
        int mask = calls.prctl(PR_GET_PGTABLE_REPL, 0, 0, 0, 0);
        if (mask == 1) {
            return (BitSet) onlineNodes.clone();
        }
        return BitSet.valueOf(new long[] {Math.max(mask, 0)});
    }

    @Override
    public Optional<String> prepareExec() {
        for (String knob : KNOBS) {
            Optional<String> value = files.read(knob);
            if (value.isPresent()) {
                if (value.get().equals("1")) {
                    return Optional.empty();
                }
                return files.write(knob, "1")
                        .map(why -> "exec would drop page-table replication: " + knob + " is " + value.get()
                                + " and cannot be set to 1: " + why);
            }
        }
        return Optional.of("exec would drop page-table replication: this kernel has neither " + KNOBS.get(0) + " nor "
                + KNOBS.get(1));
    }
}
