package dev.mitosis.mm.tlb;

import dev.mitosis.hal.Board;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.stat.VmStat;
import dev.mitosis.x86.PageTableOps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A flush by interrupts that munmap puts off: the processor that unmaps forgets the range at once, the others later and together.
 *
 * <p>Until then the frames and tables of the range stay allocated, so a stale translation reaches only memory that nobody else owns.
 * The flush happens when the address space maps something again, when it ends, when memory is short, or when
 * {@value MmuGather#BATCH} pages wait. All other changes of page tables flush at once.
 *
 * <p>Concurrency: one lock over the gathers that wait; it is not held while a flush runs.
 *
 * <p>Source: the idea of LATR (Kumar et al., ASPLOS 2018), which bounds the delay by a timer tick instead.
 */
public final class DeferredFlush extends IpiFlush {
    private final Map<MmStruct, List<MmuGather>> waiting = new HashMap<>();

    /** A backend without any flush that waits. */
    public DeferredFlush(Board board, PageTableOps ops, CpuState cpus, VmStat vmstat) {
        super(board, ops, cpus, vmstat);
    }

    @Override
    public void unmapped(MmuGather gather) {
        MmStruct mm = gather.mm();
        int cpu = gather.cpu();
        if (gather.startVa() >= gather.endVa()) {
            gather.flush();
            return;
        }
        if (forget(mm, cpu, gather.startVa(), gather.endVa())) {
            meter().localFlush(cpu);
        }
        long pages = 0;
        synchronized (waiting) {
            List<MmuGather> gathers = waiting.computeIfAbsent(mm, key -> new ArrayList<>());
            gathers.add(gather);
            for (MmuGather one : gathers) {
                pages += one.pageCount();
            }
        }
        if (pages >= MmuGather.BATCH) {
            drain(mm, cpu);
        }
    }

    @Override
    public void drain(MmStruct mm, int cpu) {
        List<MmuGather> gathers;
        synchronized (waiting) {
            gathers = waiting.remove(mm);
        }
        if (gathers == null) {
            return;
        }
        long start = Long.MAX_VALUE;
        long end = 0;
        boolean freesTables = false;
        for (MmuGather gather : gathers) {
            start = Math.min(start, gather.startVa());
            end = Math.max(end, gather.endVa());
            freesTables |= gather.hasTables();
        }
        // Who held the range may have changed since its tables were unlinked.
        run(mm, cpu, start, end, freesTables, true);
        gathers.forEach(this::release);
    }

    @Override
    public boolean drainAll(int cpu) {
        List<MmStruct> all;
        synchronized (waiting) {
            all = new ArrayList<>(waiting.keySet());
        }
        all.forEach(mm -> drain(mm, cpu));
        return !all.isEmpty();
    }
}
