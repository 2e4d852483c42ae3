package dev.mitosis.halnative.replication;

import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.util.BitSet;
import java.util.Optional;

/** Page-table replication of the calling task, as its kernel offers it. Negative results are errnos. */
public sealed interface PageTableReplication permits SyscallReplication, PrctlReplication, NoReplication {
    /** Finds out which kernel this is. */
    static PageTableReplication detect(SystemFiles files, LinuxCalls calls) {
        String release = files.read("/proc/sys/kernel/osrelease").orElse("");
        if (release.startsWith("4.17") && (release.contains("mitosis") || hasFiles(files))) {
            return new SyscallReplication(calls);
        }
        PrctlReplication port = new PrctlReplication(files, calls);
        return port.answers() ? port : new NoReplication();
    }

    private static boolean hasFiles(SystemFiles files) {
        boolean hasKnob = false;
        for (String name : files.list("/proc/sys/kernel")) {
            hasKnob |= name.startsWith("pgtable_replication");
        }
        return hasKnob || files.exists("/proc/mitosis_status") || files.exists("/proc/mitosis");
    }

    /** Whether the kernel can replicate at all. */
    boolean isSupported();

    /** Replicates on these nodes from now on; none switches it off. */
    int setNodes(BitSet nodes, BitSet onlineNodes);

    /** What an errno of {@link #setNodes} means here, where its text does not say it. */
    default Optional<String> explain(int errno) {
        return Optional.empty();
    }

    /** The nodes that it replicates on now: none where it is off. */
    BitSet nodes(BitSet onlineNodes);

    /**
     * Makes sure that replication survives exec.
     *
     * @return empty if it does, otherwise why not
     */
    Optional<String> prepareExec();
}
