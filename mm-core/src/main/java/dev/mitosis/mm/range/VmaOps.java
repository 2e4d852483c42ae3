package dev.mitosis.mm.range;

import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.tlb.MmuGather;
import dev.mitosis.mm.vma.Vma;
import java.util.List;

/**
 * Changes to the areas of an address space that keep everything in step that hangs on areas: counts, promises, objects, leaves.
 *
 * <p>Concurrency: under mmap_lock for writing, but for {@link #zap}, for which reading is enough.
 *
 * <p>Source: Linux {@code mm/vma.c:do_vmi_align_munmap}, {@code vma_link}.
 */
public final class VmaOps {
    private VmaOps() {}

    /** Adds an area to a free range, merged with its neighbours where Linux would. */
    public static Vma insert(Context context, Task task, Vma area) {
        MmStruct mm = task.mm();
        assert mm.lock().isHeldForWriting() : "areas change without mmap_lock";
        context.flush().drain(mm, task.cpu());
        count(context, mm, task.cpu(), area, 1);
        return mm.areas().insert(area);
    }

    /** Gives a child an area of its parent. */
    public static void inherit(Context context, Task child, Vma area) {
        count(context, child.mm(), child.cpu(), area, 1);
        child.mm().areas().insertUnmerged(area);
    }

    /**
     * Removes all that is mapped in a range: areas, leaves, tables, frames. A range of holes is fine.
     *
     * @throws KernelException ENOMEM when a huge page at a border cannot be split; nothing has changed
     */
    public static void unmap(Context context, Task task, long startVa, long endVa) {
        MmStruct mm = task.mm();
        assert mm.lock().isHeldForWriting() : "areas change without mmap_lock";
        splitAtBorders(context, task, startVa, endVa);
        removeAll(context, mm, task.cpu(), mm.areas().cut(startVa, endVa));
    }

    /** Makes the borders of a range borders of leaves, so that what follows cannot fail for want of a table. */
    public static void splitAtBorders(Context context, Task task, long startVa, long endVa) {
        SplitHugeLeaf.atBorder(context, task.mm(), task.cpu(), startVa);
        SplitHugeLeaf.atBorder(context, task.mm(), task.cpu(), endVa);
    }

    /**
     * Removes what areas that were cut out of the tree have mapped.
     *
     * <p>All leaves go before the first table does: the hole that a table lies in may reach over several areas.
     */
    public static void removeAll(Context context, MmStruct mm, int cpu, List<Vma> areas) {
        MmuGather gather = context.gather(mm, cpu);
        for (Vma area : areas) {
            long huge = UnmapRange.run(context, mm, cpu, gather, area.startVa(), area.endVa());
            if (area.has(Vma.HUGETLB) && !area.has(Vma.NORESERVE) && area.isPrivate()) {
                int order = area.hugeOrder();
                mm.dropHugeReservation(context.hugetlb(order), (area.pages() >>> order) - huge);
            }
        }
        for (Vma area : areas) {
            FreeTables.run(context, mm, cpu, gather, area.startVa(), area.endVa());
        }
        context.flush().unmapped(gather);
        for (Vma area : areas) {
            count(context, mm, cpu, area, -1);
        }
    }

    /** Empties a range: its pages read as zeroes, or as the object has them, when they are touched again. */
    public static void zap(Context context, Task task, long startVa, long endVa) {
        zap(context, task.mm(), task.cpu(), startVa, endVa);
    }

    static void zap(Context context, MmStruct mm, int cpu, long startVa, long endVa) {
        MmuGather gather = context.gather(mm, cpu);
        UnmapRange.run(context, mm, cpu, gather, startVa, endVa);
        gather.flush();
    }

    /**
     * Replaces the areas of a range by others over the same range, as protection, advice and policy changes do.
     *
     * <p>No huge page reaches over the border of an area, so that an area can always be unmapped.
     *
     * @throws KernelException ENOMEM when a huge page at a border cannot be split; nothing has changed
     */
    public static void replace(Context context, Task task, Vma area, Vma with) {
        MmStruct mm = task.mm();
        assert mm.lock().isHeldForWriting() : "areas change without mmap_lock";
        splitAtBorders(context, task, area.startVa(), area.endVa());
        mm.areas().cut(area.startVa(), area.endVa());
        mm.countArea(area, -1);
        mm.countArea(with, 1);
        mm.areas().insert(with);
    }

    /** Writes the protection of an area into its leaves. */
    public static void protect(Context context, Task task, Vma area) {
        MmuGather gather = context.gather(task.mm(), task.cpu());
        ProtectRange.run(context, task.mm(), task.cpu(), gather, area);
        gather.flush();
    }

    /** Moves the leaves of a range elsewhere in the address space; the tables that it leaves empty stay. */
    public static void move(Context context, Task task, long fromVa, long toVa, long lengthBytes) {
        MmuGather gather = context.gather(task.mm(), task.cpu());
        try {
            MoveRange.run(context, task, gather, fromVa, toVa, lengthBytes);
        } finally {
            // Also when a table could not be had half-way.
            gather.flush();
        }
    }

    private static void count(Context context, MmStruct mm, int cpu, Vma area, int sign) {
        mm.countArea(area, sign);
        if (sign > 0) {
            context.meter().areaInserted(cpu);
        } else {
            context.meter().areaRemoved(cpu);
        }
        if (sign < 0 && area.has(Vma.ACCOUNT)) {
            context.overcommit().uncharge(area.pages());
        }
        if (area.file() instanceof PageCache cache) {
            cache.countMapped(context, cpu, mm, sign * area.pages());
        }
    }
}
