package dev.mitosis.mm.fault;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.range.MigratePages;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * A fault on an entry that NUMA balancing has hidden: it tells which node uses the page, and the page may move there.
 *
 * <p>A page moves when the same node took the last two hints of it, so that a page that many nodes use stays.
 *
 * <p>Source: Linux {@code mm/memory.c:do_numa_page}, {@code kernel/sched/fair.c:should_numa_migrate_memory}.
 */
final class NumaHintFault {
    private NumaHintFault() {}

    static FaultOutcome make(Context context, Task task, Vma area, long va, TablePath path) {
        int cpu = task.cpu();
        path.lock();
        try {
            if (!path.isUnchanged()) {
                return FaultOutcome.HANDLED;
            }
            path.set(cpu, (path.entry & ~Pte.PROT_NONE) | Pte.PRESENT | Pte.ACCESSED);
        } finally {
            path.unlock();
        }
        context.vmstat().count(cpu, VmEvent.NUMA_HINT_FAULTS);
        if (Pte.isSpecial(path.entry)) {
            return FaultOutcome.HANDLED;
        }
        long pfn = Pte.pfn(path.entry);
        int here = context.topology().nodeOfCpu(cpu);
        int before = context.frames().info().exchangeLastNode(pfn, here);
        task.numaFaults().count(Frames.nodeOf(pfn), Frames.nodeOf(pfn) == here);
        if (Frames.nodeOf(pfn) == here) {
            context.vmstat().count(cpu, VmEvent.NUMA_HINT_FAULTS_LOCAL);
            return FaultOutcome.HANDLED;
        }
        Mempolicy policy = area.policy().kind() == Mempolicy.Kind.LOCAL ? task.mempolicy() : area.policy();
        if (before == here && policy.kind().isMovedByBalancing()) {
            long start = va & -PagingLevel.spanBytes(path.level);
            Vma page = area.part(start, start + PagingLevel.spanBytes(path.level));
            long moved = MigratePages.run(context, task.mm(), cpu, page, here);
            context.vmstat().count(cpu, VmEvent.NUMA_PAGES_MIGRATED, moved);
        }
        return FaultOutcome.HANDLED;
    }
}
