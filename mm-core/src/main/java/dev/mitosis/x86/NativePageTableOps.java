package dev.mitosis.x86;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;

/**
 * The waist of a kernel without copies: each operation touches the one table there is.
 *
 * <p>Cost: one load or store an entry; the meter is told once a range.
 *
 * <p>Source: Linux {@code arch/x86/include/asm/pgtable_64.h:native_set_pte}.
 */
public final class NativePageTableOps extends PageTableOps {
    private final PhysicalMemory memory;
    private final FrameSource frames;
    private final KernelMeter meter;

    public NativePageTableOps(PhysicalMemory memory, FrameSource frames, KernelMeter meter) {
        this.memory = memory;
        this.frames = frames;
        this.meter = meter;
    }

    @Override
    public long allocateTable(PageTable tree, int level, int cpu, int node) {
        long table = frames.takeTable(node);
        if (table != Frames.NO_FRAME) {
            meter.tableAllocated(cpu, node);
        }
        return table;
    }

    @Override
    public long reclaimNodes(PageTable tree) {
        return ANY_NODE;
    }

    @Override
    public void freeTable(PageTable tree, int level, int cpu, long table) {
        meter.tableFreed(cpu, Frames.nodeOf(table));
        frames.returnTable(table);
    }

    @Override
    public long rootFor(PageTable tree, int node) {
        return tree.root();
    }

    @Override
    public long get(int cpu, long table, int index) {
        meter.tableLoads(cpu, table, index, 1);
        return memory.read(table, index);
    }

    @Override
    public long peek(long table, int index) {
        return memory.read(table, index);
    }

    @Override
    public void set(int cpu, int level, long table, int index, long entry) {
        memory.write(table, index, entry);
        meter.tableStores(cpu, table, index, 1);
    }

    @Override
    public long getAndClear(int cpu, int level, long table, int index) {
        meter.tableExchanges(cpu, table, index, 1, 1);
        return memory.getAndSet(table, index, Pte.NONE);
    }

    @Override
    public boolean testAndClearAccessed(int cpu, long table, int index) {
        meter.tableExchanges(cpu, table, index, 1, 1);
        return (memory.getAndAnd(table, index, ~Pte.ACCESSED) & Pte.ACCESSED) != 0;
    }

    @Override
    public void setLeaves(int cpu, int level, long table, int first, int count, long firstEntry, long step) {
        memory.fill(table, first, count, firstEntry, step);
        meter.tableStores(cpu, table, first, count);
    }

    @Override
    public void setLeaves(int cpu, int level, long table, int first, int count, long[] entries, int from) {
        for (int i = 0; i < count; i++) {
            memory.write(table, first + i, entries[from + i]);
        }
        meter.tableStores(cpu, table, first, count);
    }

    @Override
    public int modifyLeaves(int cpu, int level, long table, int first, int count, long clearBits, long setBits) {
        int changed = 0;
        for (int i = first; i < first + count; i++) {
            long entry = memory.read(table, i);
            while (Pte.isLeaf(entry, level)) {
                long word = Pte.modified(entry, clearBits, setBits);
                if (word == entry) {
                    break;
                }
                // A walker may set A or D between the load and the store.
                if (memory.compareAndSet(table, i, entry, word)) {
                    changed++;
                    break;
                }
                entry = memory.read(table, i);
            }
        }
        meter.tableExchanges(cpu, table, first, count, changed);
        return changed;
    }

    @Override
    public int getAndClearLeaves(int cpu, int level, long table, int first, int count, long[] old, int from) {
        int cleared = 0;
        for (int i = 0; i < count; i++) {
            long entry = memory.read(table, first + i);
            if (entry == Pte.NONE || Pte.isTable(entry, level)) {
                old[from + i] = Pte.NONE;
            } else {
                old[from + i] = memory.getAndSet(table, first + i, Pte.NONE);
                cleared++;
            }
        }
        meter.tableExchanges(cpu, table, first, count, cleared);
        return cleared;
    }
}
