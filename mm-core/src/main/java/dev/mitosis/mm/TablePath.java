package dev.mitosis.mm;

import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * The way from the root to the table that maps an address: looked at, or made.
 *
 * <p>Shape: after a call {@link #table} and {@link #level} name the last table reached, {@link #index} and {@link #entry} the
 * entry in it that decides about the address.
 *
 * <p>Cost: one load a level, and an allocation for each table made.
 *
 * <p>Source: Linux {@code mm/memory.c:__handle_mm_fault} (p4d_alloc, pud_alloc, pmd_alloc).
 */
final class TablePath {
    private final Platform platform;
    private final PageTableOps ops;
    long table;
    int level;
    int index;
    long entry;

    TablePath(Platform platform) {
        this.platform = platform;
        this.ops = platform.ops();
    }

    /** Goes down as far as there are tables. */
    void find(PageTable tree, int cpu, long va) {
        level = tree.levels();
        table = tree.root();
        while (true) {
            index = PagingLevel.index(va, level);
            entry = ops.peek(table, index);
            if (!Pte.isTable(entry, level)) {
                if (entry != Pte.NONE) {
                    entry = ops.get(cpu, table, index);
                }
                return;
            }
            table = Pte.pfn(entry);
            level--;
        }
    }

    /**
     * Goes down to a level and makes the tables that are missing; a leaf above the level ends the way.
     *
     * @throws KernelException ENOMEM when a table cannot be had
     */
    void make(Task task, long va, int toLevel) {
        find(task.mm().pageTable(), task.cpu(), va);
        while (level > toLevel && entry == Pte.NONE) {
            long child = platform.takeTable(task, level - 1);
            ops.set(task.cpu(), level, table, index, Pte.of(child, Pte.TABLE_FLAGS));
            table = child;
            level--;
            index = PagingLevel.index(va, level);
            entry = Pte.NONE;
        }
    }
}
