package dev.mitosis.mm;

import dev.mitosis.hal.Frames;

/**
 * The life of address spaces: made by spawn, fork and exec, torn down by the last exit.
 *
 * <p>Source: Linux {@code kernel/fork.c:dup_mmap}, {@code mm/mmap.c:exit_mmap}.
 */
final class Processes {
    private final Platform platform;
    private final RunQueues queues;
    private int nextTid = 1;
    private int nextMm = 1;

    Processes(Platform platform, RunQueues queues) {
        this.platform = platform;
        this.queues = queues;
    }

    Task spawn(int cpu, Mempolicy policy) {
        Task task = new Task(nextTid++, newMm(), cpu, policy);
        start(task, cpu);
        return task;
    }

    Task clone(Task parent, int cpu) {
        Task task = new Task(nextTid++, parent.mm(), cpu, parent.mempolicy());
        parent.mm().addUser(1);
        queues.switchTo(cpu, task);
        return task;
    }

    Task fork(Task parent, int cpu) {
        platform.meter().systemCall(parent.cpu());
        MmStruct from = parent.mm();
        MmStruct mm = newMm();
        mm.setTableNode(from.tableNode());
        mm.setMmapBase(from.mmapBaseVa());
        mm.setStartBrk(from.startBrkVa());
        mm.setBrk(from.brkVa());
        // The child's tables are made by the parent: on its processor, under its policy.
        Task child = new Task(nextTid++, mm, parent.cpu(), parent.mempolicy());
        mm.addUser(1);
        makeRoot(child);
        platform.events().forked(from, mm);
        try {
            copyAreas(parent, child);
        } catch (KernelException noMemory) {
            tearDown(child);
            child.die();
            throw noMemory;
        }
        child.setCpu(cpu);
        queues.switchTo(cpu, child);
        return child;
    }

    private void copyAreas(Task parent, Task child) {
        parent.mm().setSharesFrames();
        child.mm().setSharesFrames();
        boolean hasChanged = false;
        try {
            for (Vma area : parent.mm().areas().all()) {
                if (area.has(Vma.DONTFORK)) {
                    continue;
                }
                Areas.insert(platform, child, area.withFlags(area.flags() & ~Vma.LOCKED));
                if (area.isPrivate() && !area.has(Vma.WIPEONFORK)) {
                    hasChanged |= CopyRange.run(platform, parent, child, area);
                }
            }
        } finally {
            // Also when the copy ran out of memory half-way: what was write-protected must be forgotten.
            if (hasChanged || parent.mm().sharesFrames()) {
                TlbShootdown.run(platform, parent.mm(), parent.cpu(), 0, Long.MAX_VALUE, false);
            }
        }
    }

    void exec(Task task) {
        platform.meter().systemCall(task.cpu());
        MmStruct old = task.mm();
        MmStruct fresh = newMm();
        fresh.addUser(1);
        Task before = new Task(task.tid(), old, task.cpu(), task.mempolicy());
        task.setMm(fresh);
        makeRoot(task);
        platform.events().execed(old, fresh);
        if (queues.current(task.cpu()) == task) {
            queues.switchTo(task.cpu(), null);
            queues.switchTo(task.cpu(), task);
        }
        drop(before);
    }

    void exit(Task task) {
        if (!task.isAlive()) {
            throw new IllegalStateException(task + " has exited already");
        }
        platform.meter().systemCall(task.cpu());
        task.die();
        for (int cpu = 0; cpu < platform.topology().cpus(); cpu++) {
            if (queues.current(cpu) == task) {
                queues.switchTo(cpu, null);
            }
        }
        drop(task);
    }

    private MmStruct newMm() {
        return new MmStruct(nextMm++, platform.settings().levels(), platform.topology());
    }

    private void start(Task task, int cpu) {
        task.mm().addUser(1);
        makeRoot(task);
        queues.switchTo(cpu, task);
    }

    private void makeRoot(Task task) {
        MmStruct mm = task.mm();
        mm.pageTable().setRoot(platform.takeTable(task, mm.pageTable().levels()));
        platform.events().created(mm);
    }

    private void drop(Task task) {
        task.mm().addUser(-1);
        if (task.mm().users() == 0) {
            tearDown(task);
        }
    }

    private void tearDown(Task task) {
        MmStruct mm = task.mm();
        int cpu = task.cpu();
        platform.events().exiting(mm);
        Areas.removeAll(platform, task, mm.areas().cut(0, Long.MAX_VALUE));
        long root = mm.pageTable().root();
        platform.ops().freeTable(mm.pageTable(), mm.pageTable().levels(), cpu, root);
        mm.countTable(mm.pageTable().levels(), -1);
        mm.pageTable().setRoot(Frames.NO_FRAME);
    }
}
