package dev.mitosis.mm.tlb;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.Processors;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.x86.PageTableOps;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What each processor runs, and the loading of roots: the context switch.
 *
 * <p>The root is chosen by the node of the processor ({@code PageTableOps.rootFor}); the address space above does not know
 * which copy it gets.
 *
 * <p>Concurrency: each processor's state has a lock, as if interrupts were off: a switch and a flush of it exclude one another.
 * A switch sets the processor's bit in the address space's mask <em>before</em> it reads the generation and the root; a flush
 * raises the generation <em>before</em> it reads the mask. So one of them sees the other.
 *
 * <p>Source: Linux {@code arch/x86/mm/tlb.c:switch_mm_irqs_off}; Mitosis (ASPLOS'20) §5.3.
 */
public final class CpuState {
    private final Board board;
    private final PageTableOps ops;
    private final KernelSettings settings;
    private final Supplier<PageTableEvents> events;
    private final boolean usesPcid;
    /** Read without the lock: a processor asks what it runs itself. */
    private final AtomicReferenceArray<@Nullable Task> current;

    private final @Nullable MmStruct[] loaded;
    /** Processors that run nothing and keep what they have loaded. */
    private final boolean[] isLazy;

    private final AsidCache[] asids;
    private final ReentrantLock[] locks;

    /** State of the processors of a board; none of them has loaded anything. */
    public CpuState(
            Board board,
            PageTableOps ops,
            KernelSettings settings,
            Supplier<PageTableEvents> events,
            boolean isConcurrent) {
        this.board = board;
        this.ops = ops;
        this.settings = settings;
        this.events = events;
        this.usesPcid = settings.tlb().pcid();
        int cpus = board.topology().cpus();
        current = new AtomicReferenceArray<>(cpus);
        loaded = new MmStruct[cpus];
        isLazy = new boolean[cpus];
        asids = new AsidCache[cpus];
        locks = new ReentrantLock[isConcurrent ? cpus : 0];
        for (int cpu = 0; cpu < cpus; cpu++) {
            asids[cpu] = new AsidCache();
        }
        for (int cpu = 0; cpu < locks.length; cpu++) {
            locks[cpu] = new ReentrantLock();
        }
    }

    public void lock(int cpu) {
        if (locks.length > 0) {
            locks[cpu].lock();
        }
    }

    public void unlock(int cpu) {
        if (locks.length > 0) {
            locks[cpu].unlock();
        }
    }

    @Nullable
    public Task current(int cpu) {
        return current.get(cpu);
    }

    /** Makes a processor run a task, or nothing. */
    public void switchTo(int cpu, @Nullable Task task) {
        lock(cpu);
        try {
            if (current.get(cpu) == task && (task == null || loaded[cpu] == task.mm())) {
                return;
            }
            current.set(cpu, task);
            if (task == null) {
                idle(cpu);
            } else {
                resume(cpu, task.mm());
                task.setCpu(cpu);
            }
        } finally {
            unlock(cpu);
        }
        if (task != null) {
            events.get().contextSwitched(cpu, task);
        }
    }

    private void idle(int cpu) {
        if (settings.tlb().lazy()) {
            isLazy[cpu] = loaded[cpu] != null;
        } else {
            switchAddressSpace(cpu, null);
        }
    }

    private void resume(int cpu, MmStruct next) {
        boolean wasLazy = isLazy[cpu];
        isLazy[cpu] = false;
        if (loaded[cpu] != next) {
            switchAddressSpace(cpu, next);
        } else if (wasLazy && asids[cpu].knownGeneration() != next.tlbGeneration()) {
            // It was not interrupted for flushes meanwhile.
            asids[cpu].setKnownGeneration(next.tlbGeneration());
            load(cpu, next, true);
        }
    }

    private void switchAddressSpace(int cpu, @Nullable MmStruct next) {
        MmStruct previous = loaded[cpu];
        if (next == previous) {
            return;
        }
        loaded[cpu] = next;
        if (next == null) {
            asids[cpu].unload();
            processors().loadRoot(cpu, Processors.NO_ROOT, settings.levels(), 0, false);
        } else {
            next.cpus().set(cpu);
            load(cpu, next, asids[cpu].load(next, usesPcid));
        }
        if (previous != null) {
            // Only now: until the other root was loaded the processor could still walk this one.
            previous.cpus().clear(cpu);
        }
    }

    /** Makes a processor that runs a task run nothing. */
    public void stop(int cpu, Task task) {
        lock(cpu);
        try {
            if (current.get(cpu) == task) {
                current.set(cpu, null);
                idle(cpu);
            }
        } finally {
            unlock(cpu);
        }
    }

    /** Makes processors that have an address space loaded, and nothing to run, unload it: its tables are about to go. */
    public void leave(MmStruct mm) {
        for (int cpu = mm.cpus().nextSetBit(0); cpu >= 0; cpu = mm.cpus().nextSetBit(cpu + 1)) {
            lock(cpu);
            try {
                if (loaded[cpu] == mm && current.get(cpu) == null) {
                    isLazy[cpu] = false;
                    switchAddressSpace(cpu, null);
                }
            } finally {
                unlock(cpu);
            }
        }
    }

    /** Makes every processor that has the address space loaded load its root again and forget what it knew. */
    public void reloadRoots(MmStruct mm) {
        mm.nextTlbGeneration();
        for (int cpu = mm.cpus().nextSetBit(0); cpu >= 0; cpu = mm.cpus().nextSetBit(cpu + 1)) {
            lock(cpu);
            try {
                if (loaded[cpu] == mm) {
                    asids[cpu].setKnownGeneration(mm.tlbGeneration());
                    load(cpu, mm, true);
                }
            } finally {
                unlock(cpu);
            }
        }
    }

    // ---- with the processor's lock held ----

    public boolean hasLoaded(int cpu, MmStruct mm) {
        return loaded[cpu] == mm;
    }

    /** Says whether a processor has an address space loaded and does not use it. */
    boolean isLazy(int cpu) {
        return isLazy[cpu];
    }

    long knownGeneration(int cpu) {
        return asids[cpu].knownGeneration();
    }

    void setKnownGeneration(int cpu, long generation) {
        asids[cpu].setKnownGeneration(generation);
    }

    /** The PCID under which a processor's TLB knows the address space that it has loaded. */
    public int pcid(int cpu) {
        return asids[cpu].pcid(usesPcid);
    }

    private void load(int cpu, MmStruct mm, boolean flush) {
        long root = ops.rootFor(mm.loadedTable(), cpu, board.topology().nodeOfCpu(cpu));
        processors().loadRoot(cpu, root, mm.pageTable().levels(), pcid(cpu), flush);
        board.meter().rootLoaded(cpu, flush);
    }

    private Processors processors() {
        return board.processors();
    }
}
