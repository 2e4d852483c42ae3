package dev.mitosis.mm.range;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/** Reads what maps a range of an address space, a leaf table at a time: for those who look at millions of pages. */
public final class LeafEntries {
    private LeafEntries() {}

    /** The leaf entry that maps an address, or {@link Pte#NONE}; the caller holds mmap_lock. */
    public static long find(Context context, MmStruct mm, long va) {
        long entry = new TablePath(context).find(mm.pageTable(), 0, va);
        return Pte.isMapped(entry) ? entry : Pte.NONE;
    }

    /**
     * The leaf entries from an address to the end of its leaf table: the same as {@link #find} returns one by one, except for the
     * accessed and dirty bits of other copies.
     *
     * @param into takes the entries; one alone where a huge page maps the address, or no table leads there
     * @return how many
     */
    public static int read(Context context, MmStruct mm, long va, long[] into) {
        mm.lock().lockRead(0);
        try {
            if (mm.pageTable().root() == Frames.NO_FRAME) {
                into[0] = Pte.NONE;
                return 1;
            }
            TablePath path = new TablePath(context);
            path.find(mm.pageTable(), 0, va);
            if (path.level > 1) {
                into[0] = Pte.isMapped(path.entry) ? path.entry : Pte.NONE;
                return 1;
            }
            PageTableOps ops = context.ops();
            int count = Math.min(into.length, PagingLevel.ENTRIES - path.index);
            for (int i = 0; i < count; i++) {
                long entry = ops.peek(path.table, path.index + i);
                into[i] = Pte.isMapped(entry) ? entry : Pte.NONE;
            }
            return count;
        } finally {
            mm.lock().unlockRead(0);
        }
    }
}
