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
    private final double spread;
    private final int[] cpuOfVcpu;
    private final boolean keepsTables;

    /**
     * @param spread the share of the pieces that any vCPU touched, 0 to 1
     * @param cpuOfVcpu where each vCPU runs; its owner changes it when one moves
     * @param keepsTables whether frames of tables are touched by nobody before
     */
    WarmMemory(long seed, double spread, int[] cpuOfVcpu, boolean keepsTables) {
        this.seed = seed;
        this.spread = spread;
        this.cpuOfVcpu = cpuOfVcpu;
        this.keepsTables = keepsTables;
    }

    @Override
    public int touched(long guestFrame, int cpu) {
        if (keepsTables && Frames.isTableFrame(guestFrame)) {
            return cpu;
        }
        long mixed = (guestFrame / PagingLevel.ENTRIES + seed) * MIX;
        boolean isSpread = mixed >>> Long.SIZE - CHOICE_BITS < spread * (1 << CHOICE_BITS);
        return isSpread ? cpuOfVcpu[(int) Math.floorMod(mixed >>> 20, (long) cpuOfVcpu.length)] : cpu;
    }
}
