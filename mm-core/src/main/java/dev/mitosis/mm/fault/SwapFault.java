package dev.mitosis.mm.fault;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.pagecache.SwapSpace;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Protection;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.Pte;

/**
 * Brings a page back that was written to a swap slot.
 *
 * <p>Source: Linux {@code mm/memory.c:do_swap_page}.
 */
final class SwapFault {
    private SwapFault() {}

    static FaultOutcome make(Context context, Task task, Vma area, long va, boolean isWrite, TablePath path) {
        int cpu = task.cpu();
        SwapSpace swap = context.swap();
        long slot = Pte.swapSlot(path.entry);
        long fresh = Frames.NO_FRAME;
        if (!swap.isCached(slot)) {
            fresh = AnonymousFault.takePages(context, task, area, va, FrameAllocator.ORDER_4K);
            if (fresh == Frames.NO_FRAME) {
                context.vmstat().count(cpu, VmEvent.OOM_KILL);
                return FaultOutcome.OOM;
            }
        }
        long pfn = Frames.NO_FRAME;
        path.lock();
        try {
            if (path.isUnchanged() && (fresh != Frames.NO_FRAME || swap.isCached(slot))) {
                pfn = swap.readIn(slot, fresh);
                swap.drop(slot);
                boolean mayWrite = isWrite && !context.frames().isShared(pfn);
                long flags = Protection.flags(area.flags(), mayWrite) | Pte.ACCESSED | Pte.DIRTY;
                path.set(cpu, Pte.of(pfn, flags));
                task.mm().countResident(cpu, pfn, FrameAllocator.ORDER_4K, 1);
            }
        } finally {
            path.unlock();
        }
        if (fresh != Frames.NO_FRAME && pfn != fresh) {
            context.releasePages(cpu, fresh, FrameAllocator.ORDER_4K);
        } else if (pfn != Frames.NO_FRAME && pfn == fresh) {
            context.vmstat().count(cpu, VmEvent.PGMAJFAULT);
            context.vmstat().count(cpu, VmEvent.PSWPIN);
        }
        return FaultOutcome.HANDLED;
    }
}
