package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PagingLevel;

/** Memory of a guest that was touched before, as its {@link GuestPast} says; the seed chooses who was first where all raced. */
final class WarmMemory implements EptManager.Toucher {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
    private static final int CHOICE_BITS = 16;

    private final long seed;
    private final GuestPast past;
    private final int loader;
    private final int[] cpuOfVcpu;

    /** @param cpuOfVcpu where each vCPU runs; its owner changes it when one moves */
    WarmMemory(long seed, GuestPast past, int[] cpuOfVcpu) {
        this.seed = seed;
        this.past = past;
        this.cpuOfVcpu = cpuOfVcpu;
        this.loader = chosen(seed * MIX);
    }

    @Override
    public int touched(long guestFrame, int cpu) {
        boolean isTable = Frames.isTableFrame(guestFrame);
        if (past.isLoadedByOne() && !isTable) {
            return cpuOfVcpu[loader];
        }
        double spread = isTable ? past.tables() : past.data();
        long mixed = (guestFrame / PagingLevel.ENTRIES + seed) * MIX;
        boolean isSpread = mixed >>> Long.SIZE - CHOICE_BITS < spread * (1 << CHOICE_BITS);
        return isSpread ? cpuOfVcpu[chosen(mixed)] : cpu;
    }

    private int chosen(long mixed) {
        return (int) Math.floorMod(mixed >>> 20, (long) cpuOfVcpu.length);
    }
}
