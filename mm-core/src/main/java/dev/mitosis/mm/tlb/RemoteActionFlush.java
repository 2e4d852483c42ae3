package dev.mitosis.mm.tlb;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.mm.stat.VmStat;
import dev.mitosis.x86.PageTableOps;
import java.util.BitSet;

/**
 * A flush by remote actions: the sender writes an entry into the action table of each target and rings it; the target's hardware flushes
 * without an interrupt, and answers in the table.
 *
 * <p>It reaches a mask of processors, so a policy that knows who shares a table saves messages here too, as it does not under a broadcast.
 *
 * <p>Cost: the sender pays for each target and waits; targets pay nothing ({@link KernelMeter#remoteActions}).
 *
 * <p>Source: Intel, Remote Action Request (white paper, 2021).
 */
public final class RemoteActionFlush extends TlbFlush {
    public RemoteActionFlush(Board board, PageTableOps ops, CpuState cpus, VmStat vmstat) {
        super(board, ops, cpus, vmstat);
    }

    @Override
    void send(KernelMeter costs, int cpu, BitSet others, boolean isLocal) {
        costs.remoteActions(cpu, others.cardinality());
    }
}
