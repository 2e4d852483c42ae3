package dev.mitosis.mm;

import java.util.List;

/**
 * Changes to the areas of an address space that keep everything in step that hangs on areas.
 *
 * <p>Source: Linux {@code mm/vma.c:do_vmi_align_munmap}, {@code vma_link}.
 */
public final class Areas {
    private Areas() {}

    /** Adds an area to a free range, merged with its neighbours where Linux would. */
    public static Vma insert(Platform platform, Task task, Vma area) {
        count(platform, task, area, area.pages());
        return task.mm().areas().insert(area);
    }

    /** Removes all that is mapped in a range: areas, leaves, tables, frames. A range of holes is fine. */
    public static void unmap(Platform platform, Task task, long startVa, long endVa) {
        removeAll(platform, task, task.mm().areas().cut(startVa, endVa));
    }

    /**
     * Removes what areas that were cut out of the tree have mapped.
     *
     * <p>All leaves go before the first table does: the hole that a table lies in may reach over several areas.
     */
    static void removeAll(Platform platform, Task task, List<Vma> areas) {
        MmStruct mm = task.mm();
        MmuGather gather = new MmuGather(platform, mm, task.cpu());
        for (Vma area : areas) {
            UnmapRange.run(platform, mm, task.cpu(), gather, area.startVa(), area.endVa());
        }
        for (Vma area : areas) {
            FreeTables.run(platform, mm, task.cpu(), gather, area.startVa(), area.endVa());
        }
        gather.flush();
        for (Vma area : areas) {
            count(platform, task, area, -area.pages());
        }
    }

    /** Empties a range: its pages read as zeroes, or as the object has them, when they are touched again. */
    public static void zap(Platform platform, Task task, long startVa, long endVa) {
        MmuGather gather = new MmuGather(platform, task.mm(), task.cpu());
        UnmapRange.run(platform, task.mm(), task.cpu(), gather, startVa, endVa);
        gather.flush();
    }

    /** Replaces the areas of a range by others over the same range, as protection, advice and policy changes do. */
    public static void replace(MmStruct mm, Vma area, Vma with) {
        mm.areas().cut(area.startVa(), area.endVa());
        mm.areas().insert(with);
    }

    /** Writes the protection of an area into its leaves. */
    public static void protect(Platform platform, Task task, Vma area) {
        MmuGather gather = new MmuGather(platform, task.mm(), task.cpu());
        ProtectRange.run(platform, task.mm(), task.cpu(), gather, area);
        gather.flush();
    }

    /** Moves the leaves of a range elsewhere in the address space, and frees the tables that it leaves behind. */
    public static void move(Platform platform, Task task, long fromVa, long toVa, long lengthBytes) {
        MmuGather gather = new MmuGather(platform, task.mm(), task.cpu());
        MoveRange.run(platform, task, gather, fromVa, toVa, lengthBytes);
        gather.flush();
    }

    private static void count(Platform platform, Task task, Vma area, long pages) {
        if (area.file() instanceof PageCache cache && !area.isPrivate()) {
            cache.countMapped(platform, task.cpu(), pages);
        }
    }
}
