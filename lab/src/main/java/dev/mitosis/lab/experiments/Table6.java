package dev.mitosis.lab.experiments;

import dev.mitosis.hal.Frames;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.FirstTouch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The memory that page tables and their copies take, as a multiple of what a program takes with one copy.
 *
 * <p>Footprints up to 1 GiB are mapped for real, and their tables counted, on a machine of sixteen nodes; larger ones follow the
 * closed form, which must give the same where both are known:
 *
 * <pre>
 *   tables = F / 2 MiB + F / 1 GiB + F / 512 GiB + 1, each rounded up
 * </pre>
 *
 * <p>Source: Mitosis (ASPLOS'20) table 6, compact footprints and four levels.
 */
final class Table6 implements Experiment {
    private static final long VA = 1L << 39;
    private static final int MAX_COPIES = 16;
    private static final int[] COPIES = {1, 2, 4, 8, MAX_COPIES};
    private static final long LARGEST_REAL = 1L << 30;
    private static final String[] NAMES = {"1 MB", "1 GB", "1 TB", "16 TB"};
    private static final long[] FOOTPRINTS = {1L << 20, 1L << 30, 1L << 40, 16L << 40};
    private static final double[][] PUBLISHED = {
        {1.0, 1.015, 1.046, 1.108, 1.231},
        {1.0, 1.002, 1.006, 1.014, 1.029},
        {1.0, 1.002, 1.006, 1.014, 1.029},
        {1.0, 1.002, 1.006, 1.014, 1.029},
    };

    @Override
    public String id() {
        return "table6";
    }

    @Override
    public String description() {
        return "memory of page tables with 1 to 16 copies (Mitosis table 6)";
    }

    @Override
    public boolean hasBars() {
        return false;
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) {
        if (settings.reference().isPresent()) {
            throw new IllegalArgumentException(
                    "table6 has no reference file: the published table is closed arithmetic");
        }
        List<Row> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (int i = 0; i < FOOTPRINTS.length; i++) {
            listener.part(i, FOOTPRINTS.length, NAMES[i]);
            long footprint = FOOTPRINTS[i];
            long one = tableBytes(footprint);
            for (int k = 0; k < COPIES.length; k++) {
                long tables = COPIES[k] * one;
                if (footprint <= LARGEST_REAL) {
                    long real = realTableBytes(footprint, COPIES[k], settings.seed());
                    if (real != tables) {
                        throw new IllegalStateException("a tree of " + NAMES[i] + " with " + COPIES[k]
                                + " copies takes " + real + " bytes, and the closed form says " + tables);
                    }
                }
                double multiple = (double) (footprint + tables) / (footprint + one);
                String copies = Integer.toString(COPIES[k]);
                rows.add(
                        k == 0
                                ? Row.baseline(NAMES[i], copies, PUBLISHED[i][k], multiple)
                                : Row.of(NAMES[i], copies, PUBLISHED[i][k], multiple));
            }
            notes.add(String.format(
                    Locale.ROOT,
                    "%s: %,d bytes of page tables a copy%s.",
                    NAMES[i],
                    one,
                    footprint <= LARGEST_REAL ? ", counted in real trees of 1 to 16 copies" : ", by the closed form"));
        }
        return new Figure(id(), "Memory with copies of page tables", "multiple of one copy", rows, notes);
    }

    /** Bytes of one tree over a compact footprint. */
    static long tableBytes(long footprintBytes) {
        long tables = 1;
        for (int shift : new int[] {21, 30, 39}) {
            tables += (footprintBytes + (1L << shift) - 1) >>> shift;
        }
        return tables * Frames.PAGE_BYTES;
    }

    /** Bytes of a real tree with copies. */
    static long realTableBytes(long footprintBytes, int copies, long seed) {
        MachineProfile profile = MachineProfile.load("4s-haswell-ex").withSockets(MAX_COPIES);
        Machine machine = new Machine(profile, KernelSettings.DEFAULT, new FirstTouch(), seed);
        Kernel kernel = machine.kernel();
        Task task = kernel.spawn(0);
        int flags = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED | Abi.MAP_POPULATE;
        kernel.mmap(task, VA, footprintBytes, Abi.PROT_READ | Abi.PROT_WRITE, flags);
        if (copies > 1) {
            machine.replicator().replicate(task.mm(), (1L << copies) - 1);
        }
        return Arrays.stream(machine.pageTableBytes()).sum();
    }
}
