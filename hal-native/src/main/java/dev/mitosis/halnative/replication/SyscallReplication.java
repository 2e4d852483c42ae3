package dev.mitosis.halnative.replication;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.util.BitSet;
import java.util.Optional;

/** Mitosis on Linux 4.17: system calls of its own set a policy of the task's, which fork and exec inherit. */
public record SyscallReplication(LinuxCalls calls) implements PageTableReplication {
    private static final int MPOL_DEFAULT = 0;
    private static final int MPOL_INTERLEAVE = 3;
    private static final int BITS = 1024;

    @Override
    public boolean isSupported() {
        return true;
    }

    @Override
    public int setNodes(BitSet nodes, BitSet onlineNodes) {
        int mode = nodes.isEmpty() ? MPOL_DEFAULT : MPOL_INTERLEAVE;
        return calls.setPageTableReplication(mode, Bitmasks.words(nodes, BITS), BITS + 1);
    }

    @Override
    public BitSet nodes(BitSet onlineNodes) {
        int[] mode = new int[1];
        long[] nodes = new long[BITS / 64];
        int failed = calls.getPageTableReplication(mode, nodes, BITS + 1);
        return failed < 0 || mode[0] != MPOL_INTERLEAVE ? new BitSet() : BitSet.valueOf(nodes);
    }

    @Override
    public Optional<String> prepareExec() {
        return Optional.empty();
    }
}
