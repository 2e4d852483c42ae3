package dev.mitosis.kernel;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.reclaim.Khugepaged;
import dev.mitosis.mm.reclaim.Ksm;
import dev.mitosis.mm.reclaim.NumaBalancing;
import dev.mitosis.mm.reclaim.Reclaim;

/**
 * What the kernel does without being asked by a program: each method is one turn of a daemon, and whoever drives the machine says
 * when it is due.
 *
 * <p>Source: Linux {@code mm/khugepaged.c}, {@code mm/ksm.c}, {@code mm/vmscan.c:kswapd}, {@code kernel/sched/fair.c:task_numa_work}.
 */
public final class Daemons {
    private final Context context;
    private final Khugepaged khugepaged;
    private final Reclaim reclaim;
    private final Ksm ksm;

    Daemons(Context context, Khugepaged khugepaged, Reclaim reclaim, Ksm ksm) {
        this.context = context;
        this.khugepaged = khugepaged;
        this.reclaim = reclaim;
        this.ksm = ksm;
    }

    /** NUMA balancing: hides up to a number of pages of a task's address space; returns the number of entries that changed. */
    public long numaScan(Task task, long pages) {
        long hidden = NumaBalancing.scan(context, task, pages);
        context.events().numaScanned(task);
        return hidden;
    }

    /** khugepaged: makes huge pages of base pages where an address space wants them; returns how many. */
    public long collapseHugePages(Task task) {
        return khugepaged.scan(task);
    }

    /** kswapd: takes cold pages of a node out of memory; returns how many. */
    public long reclaim(int cpu, int node, long pages) {
        return reclaim.run(null, cpu, 1L << node, pages);
    }

    /** ksmd: same-page merging. */
    public Ksm ksm() {
        return ksm;
    }
}
