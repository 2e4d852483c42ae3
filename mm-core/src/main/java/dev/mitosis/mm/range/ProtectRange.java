package dev.mitosis.mm.range;

import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.tlb.MmuGather;
import dev.mitosis.mm.vma.Protection;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Writes an area's new protection into the leaves of a range.
 *
 * <p>The right to write is granted here only where no frame can be shared; elsewhere the next store faults and gets it, or a
 * copy.
 *
 * <p>Source: Linux {@code mm/mprotect.c:change_protection_range}.
 */
final class ProtectRange extends RangeWalk {
    private final MmuGather gather;
    private final long clearBits;
    private final long setBits;

    private ProtectRange(Context context, MmStruct mm, int cpu, MmuGather gather, long flags) {
        super(context, mm, cpu);
        this.gather = gather;
        this.clearBits = Protection.BITS & ~flags;
        this.setBits = flags & Protection.BITS;
    }

    static void run(Context context, MmStruct mm, int cpu, MmuGather gather, Vma area) {
        boolean mayWrite = !area.isPrivate() || (!mm.sharesFrames() && area.isAnonymous());
        long flags = Protection.flags(area.flags(), mayWrite);
        new ProtectRange(context, mm, cpu, gather, flags).walk(area.startVa(), area.endVa());
    }

    @Override
    protected void leaves(long table, int first, int count, long va) {
        int changed = ops.modifyLeaves(cpu, 1, table, first, count, clearBits, setBits);
        context.meter().entriesChanged(cpu, changed);
        if (changed > 0) {
            gather.changed(va, va + ((long) count << 12));
        }
    }

    @Override
    protected void hugeLeaf(long table, int level, int index, long entry, long va) {
        if (Pte.isMapped(entry) && ops.modifyLeaves(cpu, level, table, index, 1, clearBits, setBits) > 0) {
            gather.changed(va, va + PagingLevel.spanBytes(level));
        }
    }
}
