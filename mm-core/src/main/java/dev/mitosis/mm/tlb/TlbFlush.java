package dev.mitosis.mm.tlb;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.MmuNotifier;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.stat.VmStat;
import dev.mitosis.x86.PageTableOps;
import java.util.BitSet;

/**
 * Makes every processor forget a range of an address space, in four phases. A subclass decides how a message reaches the processors.
 *
 * <ol>
 *   <li><b>issue</b>: the generation of the address space grows. A processor that does not run it sees at its next switch that its
 *       translations are old. An idle processor that kept the address space loaded does the same, unless tables are to be freed.
 *   <li><b>dispatch</b>: each processor that has the address space loaded forgets the range page by page. It forgets everything
 *       when the range is above {@value #CEILING_PAGES} pages, or when the processor has missed a generation.
 *   <li><b>sync</b>: the sender has waited for all answers, and whoever keeps translations made from these ({@link MmuNotifier})
 *       has dropped them.
 *   <li><b>release</b>: the frames and tables of the range may be freed.
 * </ol>
 *
 * <p>Source: Linux {@code arch/x86/mm/tlb.c:flush_tlb_mm_range, flush_tlb_func}, tlb_single_page_flush_ceiling.
 */
public abstract class TlbFlush {
    static final int CEILING_PAGES = 33;

    private final Topology topology;
    private final PageTableOps ops;
    private final Processors processors;
    private final KernelMeter meter;
    private final CpuState cpus;
    private final VmStat vmstat;

    TlbFlush(Board board, PageTableOps ops, CpuState cpus, VmStat vmstat) {
        this.topology = board.topology();
        this.ops = ops;
        this.processors = board.processors();
        this.meter = board.meter();
        this.cpus = cpus;
        this.vmstat = vmstat;
    }

    /**
     * Flushes a range: issue, dispatch and sync. When it returns, no processor translates through an entry that was there before.
     *
     * @param cpu the processor that runs the flush
     * @param freesTables whether page tables of the range will be freed, so that an idle processor must forget them too
     */
    public final void run(MmStruct mm, int cpu, long startVa, long endVa, boolean freesTables) {
        run(mm, cpu, startVa, endVa, freesTables, false);
    }

    /** Flushes a range: from all processors that have loaded the address space, or only from those whose tables can have led there. */
    final void run(MmStruct mm, int cpu, long startVa, long endVa, boolean freesTables, boolean fromAll) {
        long generation = issue(mm);
        long holders =
                fromAll || !asksForHolders() ? PageTableOps.ANY_NODE : ops.holders(mm.loadedTable(), startVa, endVa);
        BitSet others = new BitSet();
        boolean isLocal = false;
        for (int target = mm.cpus().nextSetBit(0);
                target >= 0;
                target = mm.cpus().nextSetBit(target + 1)) {
            if (holds(mm, target, holders) && dispatch(mm, generation, target, startVa, endVa, freesTables)) {
                isLocal |= target == cpu;
                others.set(target, target != cpu);
            }
        }
        sync(mm, cpu, others, isLocal, startVa, endVa);
    }

    /** Frees what a gather took out of the tables; its range has been flushed by {@link #run}. */
    public void release(MmuGather gather) {
        gather.free();
    }

    /**
     * Flushes and frees what munmap gathered; the areas are gone already. The caller holds mmap_lock for writing.
     *
     * <p>A backend may put this off until {@link #drain}.
     */
    public void unmapped(MmuGather gather) {
        gather.flush();
    }

    /** Finishes what {@link #unmapped} put off for an address space: a range of it is about to be mapped again. */
    public void drain(MmStruct mm, int cpu) {}

    /** Finishes what {@link #unmapped} put off for all address spaces; true when that freed anything. */
    public boolean drainAll(int cpu) {
        return false;
    }

    /** Makes one processor forget a page after an entry gained rights: a stale entry elsewhere only costs another fault. */
    public final void flushLocalPage(MmStruct mm, int cpu, long pageVa) {
        forget(mm, cpu, pageVa, pageVa + Frames.PAGE_BYTES);
    }

    /** Makes one processor forget a range, if it has the address space loaded; true when it has. */
    final boolean forget(MmStruct mm, int cpu, long startVa, long endVa) {
        cpus.lock(cpu);
        try {
            if (!cpus.hasLoaded(cpu, mm)) {
                return false;
            }
            if ((endVa - startVa) >>> Frames.PAGE_SHIFT > CEILING_PAGES) {
                processors.invalidateAll(cpu, cpus.pcid(cpu));
            } else {
                processors.invalidateRange(cpu, cpus.pcid(cpu), startVa, endVa);
            }
            return true;
        } finally {
            cpus.unlock(cpu);
        }
    }

    /** Whether only processors whose tables can have led to a range are told. */
    boolean asksForHolders() {
        return true;
    }

    final KernelMeter meter() {
        return meter;
    }

    /**
     * Bills the message to other processors.
     *
     * @param others the processors that got it, at least one
     * @param isLocal whether the sender flushed its own TLB too
     */
    abstract void send(KernelMeter costs, int cpu, BitSet others, boolean isLocal);

    /** Bills an interrupt to other processors: the sender for all of them, and each receiver. */
    static void interrupt(KernelMeter costs, int cpu, BitSet others) {
        costs.shootdown(cpu, others.cardinality());
        for (int target = others.nextSetBit(0); target >= 0; target = others.nextSetBit(target + 1)) {
            costs.flushReceived(target);
        }
    }

    /** Says whether a processor's tables can have led it to the range. One that is left out sees the generation at its next flush. */
    private boolean holds(MmStruct mm, int target, long holders) {
        if (holders == PageTableOps.ANY_NODE) {
            return true;
        }
        long root = ops.rootFor(mm.loadedTable(), target, topology.nodeOfCpu(target));
        return (holders >>> Frames.nodeOf(root) & 1) != 0;
    }

    private static long issue(MmStruct mm) {
        return mm.nextTlbGeneration();
    }

    private boolean dispatch(MmStruct mm, long generation, int target, long startVa, long endVa, boolean freesTables) {
        cpus.lock(target);
        try {
            if (!cpus.hasLoaded(target, mm)) {
                // It switched away, and will see the generation when it comes back.
                return false;
            }
            if (cpus.isLazy(target) && !freesTables) {
                // It uses nothing of it, and looks at the generation before it does again.
                return false;
            }
            long known = cpus.knownGeneration(target);
            if (known >= generation) {
                return true;
            }
            int pcid = cpus.pcid(target);
            if (generation != known + 1 || (endVa - startVa) >>> Frames.PAGE_SHIFT > CEILING_PAGES) {
                long current = mm.tlbGeneration();
                processors.invalidateAll(target, pcid);
                cpus.setKnownGeneration(target, current);
            } else {
                processors.invalidateRange(target, pcid, startVa, endVa);
                cpus.setKnownGeneration(target, generation);
            }
            return true;
        } finally {
            cpus.unlock(target);
        }
    }

    private void sync(MmStruct mm, int cpu, BitSet others, boolean isLocal, long startVa, long endVa) {
        if (isLocal) {
            meter.localFlush(cpu);
        }
        if (!others.isEmpty()) {
            send(meter, cpu, others, isLocal);
            vmstat.count(cpu, VmEvent.NR_TLB_REMOTE_FLUSH);
        }
        mm.notifier().invalidated(cpu, startVa, endVa);
    }
}
