package dev.mitosis.halnative.replication;

import java.util.BitSet;
import java.util.Optional;

/** A kernel without page-table replication: it answers as a stock kernel answers the original's call. */
public record NoReplication() implements PageTableReplication {
    private static final int ENOSYS = 38;

    @Override
    public boolean isSupported() {
        return false;
    }

    @Override
    public int setNodes(BitSet nodes, BitSet onlineNodes) {
        return -ENOSYS;
    }

    @Override
    public BitSet nodes(BitSet onlineNodes) {
        return new BitSet();
    }

    @Override
    public Optional<String> prepareExec() {
        return Optional.empty();
    }
}
