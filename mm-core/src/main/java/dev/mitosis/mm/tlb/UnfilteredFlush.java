package dev.mitosis.mm.tlb;

import dev.mitosis.hal.Board;
import dev.mitosis.mm.stat.VmStat;
import dev.mitosis.x86.PageTableOps;

/**
 * A flush by interrupts to every processor that has the address space loaded, whatever replicas say of who can hold the range.
 *
 * <p>It is what {@link IpiFlush} is under a policy that knows no sharers; beside it one sees what filtering by sharers saves.
 *
 * <p>Source: Linux {@code arch/x86/mm/tlb.c:native_flush_tlb_multi}.
 */
public final class UnfilteredFlush extends IpiFlush {
    public UnfilteredFlush(Board board, PageTableOps ops, CpuState cpus, VmStat vmstat) {
        super(board, ops, cpus, vmstat);
    }

    @Override
    boolean asksForHolders() {
        return false;
    }
}
