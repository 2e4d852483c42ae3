package dev.mitosis.mm.range;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.tlb.MmuGather;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Moves the leaves of a range to other addresses of the same space; the frames stay where they are.
 *
 * <p>Concurrency: under mmap_lock for writing.
 *
 * <p>Source: Linux {@code mm/mremap.c:move_page_tables}.
 */
final class MoveRange extends RangeWalk {
    private final Task task;
    private final long deltaBytes;
    private final MmuGather gather;
    private final TablePath path;
    private final long[] old = new long[PagingLevel.ENTRIES];

    private MoveRange(Context context, Task task, long deltaBytes, MmuGather gather) {
        super(context, task.mm(), task.cpu());
        this.task = task;
        this.deltaBytes = deltaBytes;
        this.gather = gather;
        this.path = new TablePath(context);
    }

    static void run(Context context, Task task, MmuGather gather, long fromVa, long toVa, long lengthBytes) {
        new MoveRange(context, task, toVa - fromVa, gather).walk(fromVa, fromVa + lengthBytes);
    }

    @Override
    protected boolean takesLocks() {
        return false;
    }

    @Override
    protected void leaves(long table, int first, int count, long va) {
        // The tables at the new place are made before anything is taken away, so that running out of frames loses
        // nothing.
        long lastVa = va + ((long) (count - 1) << 12) + deltaBytes;
        path.make(task, lastVa, 1);
        path.make(task, va + deltaBytes, 1);
        if (ops.getAndClearLeaves(cpu, 1, table, first, count, old, 0) == 0) {
            return;
        }
        gather.changed(va, va + ((long) count << 12));
        for (int i = 0; i < count; ) {
            long to = va + deltaBytes + ((long) i << 12);
            path.make(task, to, 1);
            int run = Math.min(count - i, PagingLevel.ENTRIES - path.index);
            ops.setLeaves(cpu, 1, path.table, path.index, run, old, i);
            i += run;
        }
    }

    @Override
    protected void hugeLeaf(long table, int level, int index, long entry, long va) {
        if ((deltaBytes & (PagingLevel.spanBytes(level) - 1)) == 0) {
            path.make(task, va + deltaBytes, level);
            if (path.level == level && path.entry == Pte.NONE) {
                long word = ops.getAndClear(cpu, level, table, index);
                ops.set(cpu, level, path.table, path.index, word);
                gather.changed(va, va + PagingLevel.spanBytes(level));
                return;
            }
        }
        SplitHugeLeaf.split(context, mm, cpu, table, level, index, va);
        new MoveRange(context, task, deltaBytes, gather).walk(va, va + PagingLevel.spanBytes(level));
        assert Frames.PAGE_SHIFT == PagingLevel.shift(1);
    }
}
