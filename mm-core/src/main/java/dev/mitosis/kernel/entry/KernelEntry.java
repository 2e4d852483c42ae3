package dev.mitosis.kernel.entry;

import dev.mitosis.hal.Board;
import dev.mitosis.mm.TlbSettings;

/**
 * The way from user mode into the kernel and back: what it costs, and what page-table isolation adds.
 *
 * <p>Source: Linux {@code arch/x86/entry/calling.h:SWITCH_TO_KERNEL_CR3}.
 */
public final class KernelEntry {
    private final Board board;
    private final TlbSettings settings;

    public KernelEntry(Board board, TlbSettings settings) {
        this.board = board;
        this.settings = settings;
    }

    /** A processor makes a system call. */
    public void systemCall(int cpu) {
        board.meter().systemCall(cpu);
        ptiSwitchCr3(cpu);
    }

    /** A processor takes a page fault. */
    public void pageFault(int cpu) {
        board.meter().pageFault(cpu);
        ptiSwitchCr3(cpu);
    }

    /** With page-table isolation the entry and the return write CR3 once each; without PCIDs that empties the TLB. */
    private void ptiSwitchCr3(int cpu) {
        if (settings.pti()) {
            boolean flushes = !settings.pcid();
            board.meter().rootLoaded(cpu, flushes);
            board.meter().rootLoaded(cpu, flushes);
            if (flushes) {
                board.processors().invalidateAll(cpu, 0);
            }
        }
    }
}
