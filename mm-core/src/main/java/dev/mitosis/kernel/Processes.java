package dev.mitosis.kernel;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.entry.KernelEntry;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.CopyRange;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.tlb.CpuState;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PageTable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The life of address spaces: made by spawn, fork and exec, torn down by the last exit.
 *
 * <p>Source: Linux {@code kernel/fork.c:dup_mmap}, {@code mm/mmap.c:exit_mmap}.
 */
final class Processes {
    private final Context context;
    private final KernelEntry entry;
    private final CpuState cpus;
    private final AtomicInteger nextTid = new AtomicInteger(1);
    private final AtomicInteger nextMm = new AtomicInteger(1);

    Processes(Context context, KernelEntry entry) {
        this.context = context;
        this.entry = entry;
        this.cpus = context.cpus();
    }

    Task spawn(int cpu, Mempolicy policy) {
        Task task = new Task(nextTid.getAndIncrement(), newMm(), cpu, policy, nodes());
        task.mm().addUser(1);
        makeRoot(task);
        cpus.switchTo(cpu, task);
        return task;
    }

    Task clone(Task parent, int cpu) {
        Task task = new Task(nextTid.getAndIncrement(), parent.mm(), cpu, parent.mempolicy(), nodes());
        parent.mm().addUser(1);
        cpus.switchTo(cpu, task);
        return task;
    }

    Task fork(Task parent, int cpu) {
        entry.systemCall(parent.cpu());
        MmStruct from = parent.mm();
        MmStruct mm = newMm();
        mm.setTableNode(from.tableNode());
        mm.setMmapBase(from.mmapBaseVa());
        mm.setStartBrk(from.startBrkVa());
        mm.setBrk(from.brkVa());
        mm.limits().copyFrom(from.limits());
        // The child's tables are made by the parent: on its processor, under its policy.
        Task child = new Task(nextTid.getAndIncrement(), mm, parent.cpu(), parent.mempolicy(), nodes());
        mm.addUser(1);
        from.lock().lockWrite();
        mm.lock().lockWrite();
        try {
            context.events().forked(from, mm);
            makeRoot(child);
            try {
                copyAreas(parent, child);
            } catch (KernelException noMemory) {
                tearDown(mm, child.cpu());
                child.die();
                throw noMemory;
            }
        } finally {
            mm.lock().unlockWrite();
            from.lock().unlockWrite();
        }
        child.setCpu(cpu);
        cpus.switchTo(cpu, child);
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
                if (area.has(Vma.ACCOUNT)) {
                    context.overcommit().charge(area.pages());
                }
                int flags = area.flags() & ~(Vma.LOCKED | Vma.LOCKONFAULT);
                // What the pool promised stays with the parent.
                flags |= area.has(Vma.HUGETLB) && area.isPrivate() ? Vma.NORESERVE : 0;
                VmaOps.inherit(context, child, area.withFlags(flags));
                if (area.hasOwnPages() && !area.has(Vma.WIPEONFORK)) {
                    hasChanged |= CopyRange.run(context, parent, child, area);
                }
            }
        } finally {
            // Also when the copy ran out of memory half-way: what was write-protected must be forgotten.
            if (hasChanged || parent.mm().sharesFrames()) {
                context.flush().run(parent.mm(), parent.cpu(), 0, Long.MAX_VALUE, false);
            }
        }
    }

    void exec(Task task) {
        entry.systemCall(task.cpu());
        MmStruct old = task.mm();
        MmStruct fresh = newMm();
        fresh.limits().copyFrom(old.limits());
        fresh.addUser(1);
        task.setMm(fresh);
        context.events().execed(old, fresh);
        try {
            makeRoot(task);
        } catch (KernelException noMemory) {
            task.setMm(old);
            throw noMemory;
        }
        if (cpus.current(task.cpu()) == task) {
            cpus.switchTo(task.cpu(), task);
        }
        drop(old, task.cpu());
    }

    void exit(Task task) {
        if (!task.isAlive()) {
            throw new IllegalStateException(task + " has exited already");
        }
        entry.systemCall(task.cpu());
        task.die();
        for (int cpu = 0; cpu < context.topology().cpus(); cpu++) {
            cpus.stop(cpu, task);
        }
        drop(task.mm(), task.cpu());
    }

    private int nodes() {
        return context.topology().nodes();
    }

    private MmStruct newMm() {
        return new MmStruct(
                nextMm.getAndIncrement(),
                context.settings().levels(),
                context.settings().tlb().pti(),
                context.topology(),
                context.isConcurrent());
    }

    private void makeRoot(Task task) {
        MmStruct mm = task.mm();
        try {
            takeRoots(task, mm);
        } catch (KernelException noMemory) {
            context.events().exiting(mm);
            throw noMemory;
        }
        context.addressSpaces().add(mm);
        context.events().created(mm);
    }

    private void takeRoots(Task task, MmStruct mm) {
        PageTable user = mm.userTable();
        int levels = mm.pageTable().levels();
        if (user != null) {
            user.setRoot(context.tables().take(task, user, levels));
        }
        try {
            mm.pageTable().setRoot(context.tables().take(task, levels));
        } catch (KernelException noMemory) {
            freeRoot(mm, user, task.cpu());
            throw noMemory;
        }
    }

    private void freeRoot(MmStruct mm, @Nullable PageTable tree, int cpu) {
        if (tree != null && tree.root() != Frames.NO_FRAME) {
            long root = tree.root();
            // A daemon that waits for the lock finds no tree any more.
            tree.setRoot(Frames.NO_FRAME);
            context.ops().freeTable(tree, tree.levels(), cpu, root);
            if (tree == mm.pageTable()) {
                mm.countTable(cpu, tree.levels(), -1);
            }
        }
    }

    private void drop(MmStruct mm, int cpu) {
        if (mm.addUser(-1) == 0) {
            mm.lock().lockWrite();
            try {
                tearDown(mm, cpu);
            } finally {
                mm.lock().unlockWrite();
            }
        }
    }

    private void tearDown(MmStruct mm, int cpu) {
        context.addressSpaces().remove(mm);
        // Processors that ran it last and have nothing else to do.
        cpus.leave(mm);
        context.events().exiting(mm);
        VmaOps.removeAll(context, mm, cpu, mm.areas().cut(0, Long.MAX_VALUE));
        context.flush().drain(mm, cpu);
        freeRoot(mm, mm.pageTable(), cpu);
        freeRoot(mm, mm.userTable(), cpu);
    }
}
