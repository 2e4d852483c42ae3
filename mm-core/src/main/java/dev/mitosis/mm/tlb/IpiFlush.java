package dev.mitosis.mm.tlb;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.mm.stat.VmStat;
import dev.mitosis.x86.PageTableOps;
import java.util.BitSet;

/**
 * A flush by interrupts: the sender interrupts each processor that has the address space loaded, and waits for all of them.
 *
 * <p>Cost: the sender pays for each target. Each target pays for its interrupt, as far as the board bills receivers.
 *
 * <p>Source: Linux {@code arch/x86/mm/tlb.c:native_flush_tlb_multi}.
 */
public class IpiFlush extends TlbFlush {
    public IpiFlush(Board board, PageTableOps ops, CpuState cpus, VmStat vmstat) {
        super(board, ops, cpus, vmstat);
    }

    @Override
    void send(KernelMeter costs, int cpu, BitSet others, boolean isLocal) {
        interrupt(costs, cpu, others);
    }
}
