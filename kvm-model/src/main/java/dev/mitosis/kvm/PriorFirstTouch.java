package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PagingLevel;

/**
 * Which vCPU first touched each 2 MiB of a guest's memory, before the program that is studied ran.
 *
 * <p>A host gives guest memory a frame, and its extended page table a table, at the first touch and never again. Memory that an earlier
 * program of the guest has freed stays where that program touched it.
 *
 * @param tables the share of the 2 MiB pieces of guest tables that a random vCPU touched first, 0 to 1; the rest is touched first by the
 *     vCPU that uses it now
 * @param data the same share of all other memory
 * @param isLoadedByOne whether one vCPU touched all other memory instead, until its socket was full
 */
public record PriorFirstTouch(double tables, double data, boolean isLoadedByOne) {
    /** A guest whose memory nobody has touched. */
    static final PriorFirstTouch NONE = new PriorFirstTouch(0, 0, false);

    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
    private static final int CHOICE_BITS = 16;

    public PriorFirstTouch {
        if (!(tables >= 0 && tables <= 1 && data >= 0 && data <= 1) || (isLoadedByOne && data != 0)) {
            throw new IllegalArgumentException("shares " + tables + " and " + data);
        }
    }

    /** A share of everything was touched first by random vCPUs. */
    public static PriorFirstTouch shared(double share) {
        return new PriorFirstTouch(share, share, false);
    }

    /** Programs whose memory one thread loaded, and a kernel that took frames for its tables on all vCPUs. */
    public static PriorFirstTouch loadedByOne() {
        return new PriorFirstTouch(1, 0, true);
    }

    /** The same for data; tables are touched first by the vCPU that uses them. */
    PriorFirstTouch ofData() {
        return new PriorFirstTouch(0, data, isLoadedByOne);
    }

    /**
     * The host processor that first touched a guest frame.
     *
     * @param byCpu the processor that needs the frame now
     * @param seed chooses among the vCPUs
     * @param cpuOfVcpu where each vCPU runs
     */
    int cpu(long guestFrame, int byCpu, long seed, int[] cpuOfVcpu) {
        boolean isTable = Frames.isTableFrame(guestFrame);
        if (isLoadedByOne && !isTable) {
            return chosen(seed * MIX, cpuOfVcpu);
        }
        double spread = isTable ? tables : data;
        long mixed = (guestFrame / PagingLevel.ENTRIES + seed) * MIX;
        boolean isSpread = mixed >>> Long.SIZE - CHOICE_BITS < spread * (1 << CHOICE_BITS);
        return isSpread ? chosen(mixed, cpuOfVcpu) : byCpu;
    }

    private static int chosen(long mixed, int[] cpuOfVcpu) {
        return cpuOfVcpu[(int) Math.floorMod(mixed >>> 20, (long) cpuOfVcpu.length)];
    }
}
