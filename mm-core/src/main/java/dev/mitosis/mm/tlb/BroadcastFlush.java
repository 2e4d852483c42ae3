package dev.mitosis.mm.tlb;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.mm.TlbSettings;
import dev.mitosis.mm.stat.VmStat;
import dev.mitosis.x86.PageTableOps;
import java.util.BitSet;

/**
 * A flush that the hardware carries to all processors (INVLPGB, TLBSYNC): no processor is interrupted.
 *
 * <p>An address space that runs on fewer than {@value TlbSettings#BROADCAST_CPUS} processors is still flushed by interrupts.
 *
 * <p>Source: AMD64 Architecture Programmer's Manual vol. 3, INVLPGB; Linux {@code arch/x86/mm/tlb.c:broadcast_tlb_flush}.
 */
public final class BroadcastFlush extends TlbFlush {
    public BroadcastFlush(Board board, PageTableOps ops, CpuState cpus, VmStat vmstat) {
        super(board, ops, cpus, vmstat);
    }

    @Override
    void send(KernelMeter costs, int cpu, BitSet others, boolean isLocal) {
        if (others.cardinality() + (isLocal ? 1 : 0) >= TlbSettings.BROADCAST_CPUS) {
            costs.broadcastFlush(cpu);
        } else {
            interrupt(costs, cpu, others);
        }
    }
}
