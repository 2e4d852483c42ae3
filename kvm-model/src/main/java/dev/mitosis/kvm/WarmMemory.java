package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PagingLevel;

/**
 * Memory of a guest that programs have touched before, in pieces of 2 MiB: a share of the pieces from all vCPUs in the order of a race, the
 * others from where they are touched again.
 */
final class WarmMemory implements EptManager.Toucher {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
    private static final int CHOICE_BITS = 16;

    private final long seed;
    private final double tables;
    private final double data;
    private final int[] cpuOfVcpu;

    /**
     * @param tables the share of the pieces for guest tables that any vCPU touched, 0 to 1
     * @param data the same of all other memory
     * @param cpuOfVcpu where each vCPU runs; its owner changes it when one moves
     */
    WarmMemory(long seed, double tables, double data, int[] cpuOfVcpu) {
        this.seed = seed;
        this.tables = tables;
        this.data = data;
        this.cpuOfVcpu = cpuOfVcpu;
    }

    @Override
    public int touched(long guestFrame, int cpu) {
        double spread = Frames.isTableFrame(guestFrame) ? tables : data;
        long mixed = (guestFrame / PagingLevel.ENTRIES + seed) * MIX;
        boolean isSpread = mixed >>> Long.SIZE - CHOICE_BITS < spread * (1 << CHOICE_BITS);
        return isSpread ? cpuOfVcpu[(int) Math.floorMod(mixed >>> 20, (long) cpuOfVcpu.length)] : cpu;
    }
}
