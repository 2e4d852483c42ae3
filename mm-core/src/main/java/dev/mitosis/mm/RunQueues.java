package dev.mitosis.mm;

import dev.mitosis.hal.Processors;
import org.jspecify.annotations.Nullable;

/**
 * What each processor runs, and the loading of roots: the context switch.
 *
 * <p>The root is chosen by the node of the processor ({@code PageTableOps.rootFor}); the address space above does not know
 * which copy it gets.
 *
 * <p>Source: Linux {@code arch/x86/mm/tlb.c:switch_mm_irqs_off}; Mitosis (ASPLOS'20) §5.3.
 */
final class RunQueues {
    private final Platform platform;
    private final boolean usesPcid;
    private final @Nullable Task[] current;
    private final @Nullable MmStruct[] loaded;
    private final AsidCache[] asids;

    RunQueues(Platform platform) {
        this.platform = platform;
        this.usesPcid = platform.settings().pcid();
        int cpus = platform.topology().cpus();
        current = new Task[cpus];
        loaded = new MmStruct[cpus];
        asids = new AsidCache[cpus];
        for (int cpu = 0; cpu < cpus; cpu++) {
            asids[cpu] = new AsidCache();
        }
    }

    @Nullable
    Task current(int cpu) {
        return current[cpu];
    }

    /** Makes a processor run a task, or nothing. */
    void switchTo(int cpu, @Nullable Task task) {
        if (current[cpu] == task && (task == null || loaded[cpu] == task.mm())) {
            return;
        }
        current[cpu] = task;
        MmStruct next = task == null ? null : task.mm();
        MmStruct previous = loaded[cpu];
        if (next != previous) {
            if (previous != null) {
                previous.cpus().clear(cpu);
            }
            loaded[cpu] = next;
            if (next == null) {
                asids[cpu].unload();
                processors()
                        .loadRoot(cpu, Processors.NO_ROOT, platform.settings().levels(), 0, false);
            } else {
                next.cpus().set(cpu);
                load(cpu, next, asids[cpu].load(next, usesPcid));
            }
        }
        if (task != null) {
            task.setCpu(cpu);
            platform.events().contextSwitched(cpu, task);
        }
    }

    /** Makes every processor that has the address space loaded load its root again and forget what it knew. */
    void reloadRoots(MmStruct mm) {
        mm.nextTlbGeneration();
        for (int cpu = mm.cpus().nextSetBit(0); cpu >= 0; cpu = mm.cpus().nextSetBit(cpu + 1)) {
            asids[cpu].caughtUp(mm);
            load(cpu, mm, true);
        }
    }

    /** The PCID under which a processor's TLB knows the address space that it has loaded. */
    int pcid(int cpu) {
        return asids[cpu].pcid(usesPcid);
    }

    void caughtUp(int cpu, MmStruct mm) {
        asids[cpu].caughtUp(mm);
    }

    private void load(int cpu, MmStruct mm, boolean flush) {
        long root = platform.ops().rootFor(mm.pageTable(), platform.topology().nodeOfCpu(cpu));
        processors().loadRoot(cpu, root, mm.pageTable().levels(), pcid(cpu), flush);
        platform.meter().rootLoaded(cpu, flush);
    }

    private Processors processors() {
        return platform.board().processors();
    }
}
