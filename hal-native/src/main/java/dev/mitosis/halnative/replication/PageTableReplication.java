package dev.mitosis.halnative.replication;

import dev.mitosis.halnative.LinuxCalls;
import dev.mitosis.halnative.SystemFiles;
import java.util.BitSet;
import java.util.Optional;

/** Page-table replication of the calling task, as its kernel offers it. Negative results are errnos. */
public sealed interface PageTableReplication permits SyscallReplication, PrctlReplication, NoReplication {
    /** Finds out which kernel this is. */
    static PageTableReplication detect(SystemFiles files, LinuxCalls calls) {
        String release = files.read("/proc/sys/kernel/osrelease").orElse("");
        boolean original = release.startsWith("4.17") && release.contains("mitosis");
        boolean hasFiles = files.exists("/proc/mitosis_status")
                || files.exists("/proc/mitosis")
                || files.exists("/proc/sys/kernel/pgtable_replication");
        if (original || (hasFiles && release.startsWith("4.17"))) {
            return new SyscallReplication(calls);
        }
        if (calls.prctl(PrctlReplication.PR_GET_PGTABLE_REPL, 0, 0, 0, 0) >= 0) {
            return new PrctlReplication(files, calls);
        }
        return new NoReplication();
    }

    /** Whether the kernel can replicate at all. */
    boolean isSupported();

    /** Replicates on these nodes from now on; none switches it off. */
    int setNodes(BitSet nodes, BitSet onlineNodes);

    /** The nodes that it replicates on now: none where it is off. */
    BitSet nodes(BitSet onlineNodes);

    /**
     * Makes sure that replication survives exec.
     *
     * @return empty if it does, otherwise why not
     */
    Optional<String> prepareExec();
}
