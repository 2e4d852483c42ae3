package dev.mitosis.mm.range;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.KernelException;
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
 * <p>Concurrency: the caller holds mmap_lock, so that no table goes away. The way is read without locks; what was read of the
 * entry must be looked at again under {@link #lock}.
 *
 * <p>Cost: one load a level, and an allocation for each table made.
 *
 * <p>Source: Linux {@code mm/memory.c:__handle_mm_fault} (p4d_alloc, pud_alloc, pmd_alloc).
 */
public final class TablePath {
    private final Context context;
    private final PageTableOps ops;
    public long table;
    public int level;
    public int index;
    public long entry;

    public TablePath(Context context) {
        this.context = context;
        this.ops = context.ops();
    }

    /** Goes down as far as there are tables; returns the entry there. */
    public long find(PageTable tree, int cpu, long va) {
        level = tree.levels();
        table = tree.root();
        index = PagingLevel.index(va, level);
        descend(cpu, va);
        return entry;
    }

    private void descend(int cpu, long va) {
        while (true) {
            entry = ops.peek(table, index);
            if (!Pte.isTable(entry, level)) {
                if (entry != Pte.NONE) {
                    entry = ops.get(cpu, table, index);
                }
                return;
            }
            table = Pte.pfn(entry);
            level--;
            index = PagingLevel.index(va, level);
        }
    }

    /**
     * Goes down to a level and makes the tables that are missing; a leaf above the level ends the way.
     *
     * @throws KernelException ENOMEM when a table cannot be had
     */
    public void make(Task task, long va, int toLevel) {
        find(task.mm().pageTable(), task.cpu(), va);
        while (level > toLevel && entry == Pte.NONE) {
            long child = context.tables().take(task, level - 1);
            lock();
            boolean isFirst = ops.peek(table, index) == Pte.NONE;
            if (isFirst) {
                link(task, child);
            }
            unlock();
            if (!isFirst) {
                // Another thread was faster: its table is the one.
                context.tables().giveBack(task, level - 1, child);
                descend(task.cpu(), va);
                continue;
            }
            // As every way down finds it: where copies are missing that can be another copy than the one stored.
            table = Pte.pfn(ops.peek(table, index));
            level--;
            index = PagingLevel.index(va, level);
            // Others can see the table already.
            entry = ops.peek(table, index);
            if (entry != Pte.NONE) {
                descend(task.cpu(), va);
            }
        }
    }

    /** Stores a pointer; one of the root's also to the root that user mode runs on. */
    private void link(Task task, long child) {
        long pointer = Pte.of(child, Pte.TABLE_FLAGS);
        PageTable user = task.mm().userTable();
        if (user != null && level == user.levels()) {
            ops.set(task.cpu(), level, user.root(), index, pointer);
        }
        ops.set(task.cpu(), level, table, index, pointer);
    }

    /** Takes the lock of the table reached. */
    public void lock() {
        context.tableLocks().lock(table);
    }

    public void unlock() {
        context.tableLocks().unlock(table);
    }

    /** Under the lock: says whether the entry is what it was, but for A and D. */
    public boolean isUnchanged() {
        return ((ops.peek(table, index) ^ entry) & ~Pte.ACCESSED_DIRTY) == 0;
    }

    /** Under the lock: stores the entry. */
    public void set(int cpu, long word) {
        ops.set(cpu, level, table, index, word);
    }
}
