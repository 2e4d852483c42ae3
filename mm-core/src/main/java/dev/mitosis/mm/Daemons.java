package dev.mitosis.mm;

/**
 * What the kernel does without being asked by a program: each method is one turn of a daemon, and whoever drives the machine says
 * when it is due.
 *
 * <p>Source: Linux {@code mm/khugepaged.c}, {@code mm/ksm.c}, {@code mm/vmscan.c:kswapd}, {@code kernel/sched/fair.c:task_numa_work}.
 */
public final class Daemons {
    private final Platform platform;
    private final Khugepaged khugepaged;

    Daemons(Platform platform) {
        this.platform = platform;
        this.khugepaged = new Khugepaged(platform);
    }

    /** NUMA balancing: hides up to a number of pages of a task's address space; returns the number of entries that changed. */
    public long numaScan(Task task, long pages) {
        long hidden = NumaBalancing.scan(platform, task, pages);
        platform.events().numaScanned(task);
        return hidden;
    }

    /** khugepaged: makes huge pages of base pages where an address space wants them; returns how many. */
    public long collapseHugePages(Task task) {
        return khugepaged.scan(task);
    }

    /** kswapd: takes cold pages of a node out of memory; returns how many. */
    public long reclaim(int cpu, int node, long pages) {
        return platform.reclaim().run(null, cpu, 1L << node, pages);
    }

    /** ksmd: same-page merging. */
    public Ksm ksm() {
        return platform.ksm();
    }

    Khugepaged khugepaged() {
        return khugepaged;
    }
}
