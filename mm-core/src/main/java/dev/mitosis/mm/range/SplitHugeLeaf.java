package dev.mitosis.mm.range;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Replaces a huge leaf by a table of leaves one level below that map the same frames with the same rights.
 *
 * <p>The processors forget the huge translation before anything is done to a part of it: two page sizes for one address in a
 * TLB are undefined.
 *
 * <p>The table is made when it is needed, so a split can fail for want of a frame; a system call that may have to split does so at
 * the borders of its range before it changes anything ({@link #atBorder}). Linux sets a table aside with each huge page.
 *
 * <p>Concurrency: under mmap_lock; takes the lock of the table that holds the leaf.
 *
 * <p>Source: Linux {@code mm/huge_memory.c:__split_huge_pmd_locked, vma_adjust_trans_huge}; Intel SDM vol. 3A §4.10.2.3.
 */
public final class SplitHugeLeaf {
    private SplitHugeLeaf() {}

    /** Splits the leaf at an entry, and returns what the entry is now: a pointer to the table. */
    public static long split(Context context, MmStruct mm, int cpu, long table, int level, int index, long va) {
        PageTableOps ops = context.ops();
        if (level != 2) {
            throw new KernelException(Errno.EINVAL, "a part of a 1 GiB page cannot be changed");
        }
        long child = allocate(context, mm, cpu, level - 1, Frames.nodeOf(table));
        context.tableLocks().lock(table);
        try {
            long there = ops.peek(table, index);
            if (!Pte.isLeaf(there, level)) {
                ops.freeTable(mm.pageTable(), level - 1, cpu, child);
                mm.countTable(cpu, level - 1, -1);
                return there;
            }
            long entry = ops.getAndClear(cpu, level, table, index);
            boolean isZero = Pte.isSpecial(entry);
            if (!isZero) {
                context.frames().splitReferences(Pte.pfn(entry), FrameAllocator.ORDER_2M);
            }
            long step = isZero ? 0 : Frames.PAGE_BYTES;
            ops.setLeaves(cpu, level - 1, child, 0, PagingLevel.ENTRIES, entry & ~Pte.HUGE, step);
            long start = va & -PagingLevel.spanBytes(level);
            context.flush().run(mm, cpu, start, start + PagingLevel.spanBytes(level), false);
            ops.set(cpu, level, table, index, Pte.of(child, Pte.TABLE_FLAGS));
            context.vmstat().count(cpu, VmEvent.THP_SPLIT_PMD);
            return ops.peek(table, index);
        } finally {
            context.tableLocks().unlock(table);
        }
    }

    /**
     * Splits the huge leaf that an address lies within, if there is one: a change of areas is about to end or begin there.
     *
     * @throws KernelException ENOMEM when no table can be had; nothing has changed
     */
    public static void atBorder(Context context, MmStruct mm, int cpu, long va) {
        if (mm.pageTable().root() == Frames.NO_FRAME || (va & (PagingLevel.spanBytes(2) - 1)) == 0) {
            return;
        }
        TablePath path = new TablePath(context);
        path.find(mm.pageTable(), cpu, va);
        if (path.level == 2 && Pte.isLeaf(path.entry, 2)) {
            split(context, mm, cpu, path.table, path.level, path.index, va);
        }
    }

    private static long allocate(Context context, MmStruct mm, int cpu, int level, int near) {
        for (long rest = context.topology().allNodes(); rest != 0; ) {
            int node = context.topology().nearestNode(near, rest);
            long table = context.ops().allocateTable(mm.pageTable(), level, cpu, node);
            if (table != Frames.NO_FRAME) {
                mm.countTable(cpu, level, 1);
                return table;
            }
            rest &= ~(1L << node);
        }
        throw new KernelException(Errno.ENOMEM, "no frame for the page table of a huge page that must be split");
    }
}
