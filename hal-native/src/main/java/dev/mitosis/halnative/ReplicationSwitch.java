package dev.mitosis.halnative;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/**
 * How this host's kernel replicates page tables for the calling process, if it does.
 *
 * <p>Calls are made only where the kernel has shown by a file that they mean what we think: numbers are taken by other calls
 * elsewhere.
 *
 * <p>Source: the Mitosis kernel (4.17), system call 400; its ports to Linux 6.4 and later, prctl 100 and 101.
 */
public final class ReplicationSwitch {
    private static final int PR_SET = 100;
    private static final long ALL_NODES = 1;
    private static final long SYS_SET_REPLICATION = 400;
    private static final int MODE_REPLICATE = 3;

    private final Path proc;

    /** The switch of the kernel whose process file system is mounted at a path. */
    public ReplicationSwitch(Path proc) {
        this.proc = proc;
    }

    /** The kernels that we know. */
    public enum Kind {
        NONE,
        ORIGINAL,
        PORT
    }

    public Kind detect() {
        if (Files.exists(proc.resolve("mitosis_status")) || Files.isDirectory(proc.resolve("mitosis"))) {
            return Kind.PORT;
        }
        try {
            String release = Files.readString(proc.resolve("sys/kernel/osrelease"));
            boolean isOriginal = release.startsWith("4.17") && release.contains("mitosis");
            return isOriginal && Files.exists(proc.resolve("sys/kernel/pgtable_replication"))
                    ? Kind.ORIGINAL
                    : Kind.NONE;
        } catch (IOException e) {
            return Kind.NONE;
        }
    }

    /** Replicates the page tables of this process on nodes; {@link NativeError#ENOSYS} where the kernel cannot. */
    public void enable(BitSet nodes, BitSet allNodes) throws NativeError {
        try {
            switch (detect()) {
                case PORT ->
                    LibC.syscall(LibC.SYS_PRCTL, PR_SET, nodes.equals(allNodes) ? ALL_NODES : mask(nodes), 0, 0, 0);
                case ORIGINAL ->
                    LibC.syscall(SYS_SET_REPLICATION, MODE_REPLICATE, new long[] {mask(nodes)}, Long.SIZE + 1);
                case NONE -> throw new NativeError(NativeError.ENOSYS);
            }
        } catch (LastErrorException e) {
            throw new NativeError(e.getErrorCode());
        }
    }

    /** Says whether an executed program keeps replication: the ports have a knob for it. */
    public boolean isInherited() throws IOException {
        if (detect() != Kind.PORT) {
            return true;
        }
        for (String knob : new String[] {"mitosis/inherit", "sys/kernel/mitosis_inherit"}) {
            Path file = proc.resolve(knob);
            if (Files.exists(file)) {
                return Files.readString(file).strip().equals("1");
            }
        }
        return true;
    }

    private static long mask(BitSet nodes) {
        long[] words = nodes.toLongArray();
        return words.length == 0 ? 0 : words[0];
    }
}
