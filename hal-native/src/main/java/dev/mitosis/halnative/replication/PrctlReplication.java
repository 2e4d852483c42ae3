package dev.mitosis.halnative.replication;

import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The ports to Linux 6 and 7: {@code prctl(100, nodes)} with a mask of at least two nodes, or 1 for all that are online; a mask
 * of node 0 alone can therefore not be said. Whether exec keeps it is a knob.
 */
public record PrctlReplication(SystemFiles files, LinuxCalls calls) implements PageTableReplication {
    private static final int PR_SET_PGTABLE_REPL = 100;
    private static final int PR_GET_PGTABLE_REPL = 101;

    private static final int EINVAL = 22;
    private static final int EALREADY = 114;
    /** A greater value is no errno. Source: Linux {@code include/linux/err.h:MAX_ERRNO}. */
    private static final int LAST_ERRNO = 4095;

    private static final List<String> KNOBS = List.of("/proc/sys/kernel/mitosis_inherit", "/proc/mitosis/inherit");

    @Override
    public boolean isSupported() {
        return true;
    }

    @Override
    public int setNodes(BitSet nodes, BitSet onlineNodes) {
        if (nodes.isEmpty()) {
            return set(0);
        }
        if (nodes.cardinality() > 1 && nodes.equals(onlineNodes)) {
            return set(1);
        }
        if (nodes.cardinality() < 2 || nodes.length() > Long.SIZE) {
            return -EINVAL;
        }
        return set(nodes.toLongArray()[0]);
    }

    private int set(long mask) {
        return (int) calls.prctl(PR_SET_PGTABLE_REPL, mask, 0, 0, 0);
    }

    @Override
    public Optional<String> explain(int errno) {
        return switch (errno) {
            case EINVAL -> Optional.of("this kernel replicates page tables on two or more nodes, all of them online");
            case EALREADY -> Optional.of("the page tables of this process are replicated already, on other nodes");
            default -> Optional.empty();
        };
    }

    @Override
    public BitSet nodes(BitSet onlineNodes) {
        long mask = mask();
        if (mask == 1) {
            return (BitSet) onlineNodes.clone();
        }
        return BitSet.valueOf(new long[] {isErrno(mask) ? 0 : mask});
    }

    /** Whether the kernel knows the query: others refuse it. */
    boolean answers() {
        return !isErrno(mask());
    }

    private long mask() {
        return calls.prctl(PR_GET_PGTABLE_REPL, 0, 0, 0, 0);
    }

    private static boolean isErrno(long result) {
        return result < 0 && result >= -LAST_ERRNO;
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
