package dev.mitosis.mm;

/** Two listeners, one after the other. */
public final class PageTableEventChain implements PageTableEvents {
    private final PageTableEvents first;
    private final PageTableEvents second;

    private PageTableEventChain(PageTableEvents first, PageTableEvents second) {
        this.first = first;
        this.second = second;
    }

    public static PageTableEvents of(PageTableEvents first, PageTableEvents second) {
        if (first == NONE) {
            return second;
        }
        return second == NONE ? first : new PageTableEventChain(first, second);
    }

    @Override
    public void created(MmStruct mm) {
        first.created(mm);
        second.created(mm);
    }

    @Override
    public void forked(MmStruct parent, MmStruct child) {
        first.forked(parent, child);
        second.forked(parent, child);
    }

    @Override
    public void execed(MmStruct old, MmStruct fresh) {
        first.execed(old, fresh);
        second.execed(old, fresh);
    }

    @Override
    public void exiting(MmStruct mm) {
        first.exiting(mm);
        second.exiting(mm);
    }

    @Override
    public void contextSwitched(int cpu, Task task) {
        first.contextSwitched(cpu, task);
        second.contextSwitched(cpu, task);
    }

    @Override
    public void taskMigrated(Task task, int fromNode, int toNode) {
        first.taskMigrated(task, fromNode, toNode);
        second.taskMigrated(task, fromNode, toNode);
    }

    @Override
    public void dataPageMigrated(MmStruct mm, long va, int fromNode, int toNode) {
        first.dataPageMigrated(mm, va, fromNode, toNode);
        second.dataPageMigrated(mm, va, fromNode, toNode);
    }

    @Override
    public void dataMigrationFinished(MmStruct mm) {
        first.dataMigrationFinished(mm);
        second.dataMigrationFinished(mm);
    }

    @Override
    public void numaScanned(Task task) {
        first.numaScanned(task);
        second.numaScanned(task);
    }

    @Override
    public void nodePressure(int node) {
        first.nodePressure(node);
        second.nodePressure(node);
    }

    @Override
    public void counted(MmStruct mm, long accesses, long tlbMisses) {
        first.counted(mm, accesses, tlbMisses);
        second.counted(mm, accesses, tlbMisses);
    }

    @Override
    public void tick(int cpu) {
        first.tick(cpu);
        second.tick(cpu);
    }
}
