package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.Pte;

/**
 * Brings a page back that was written to a swap slot.
 *
 * <p>Source: Linux {@code mm/memory.c:do_swap_page}.
 */
final class SwapFault {
    private SwapFault() {}

    static FaultOutcome make(Platform platform, Task task, Vma area, long va, boolean isWrite, TablePath path) {
        int cpu = task.cpu();
        SwapSpace swap = platform.swap();
        long slot = Pte.swapSlot(path.entry);
        long fresh = Frames.NO_FRAME;
        if (!swap.isCached(slot)) {
            fresh = AnonymousFault.takePages(platform, task, area, va, FrameAllocator.ORDER_4K);
            if (fresh == Frames.NO_FRAME) {
                platform.vmstat().count(cpu, VmEvent.OOM_KILL);
                return FaultOutcome.OOM;
            }
        }
        long pfn = Frames.NO_FRAME;
        path.lock();
        try {
            if (path.isUnchanged() && (fresh != Frames.NO_FRAME || swap.isCached(slot))) {
                pfn = swap.readIn(slot, fresh);
                swap.drop(slot);
                boolean mayWrite = isWrite && !platform.frames().isShared(pfn);
                long flags = Protection.flags(area.flags(), mayWrite) | Pte.ACCESSED | Pte.DIRTY;
                path.set(cpu, Pte.of(pfn, flags));
                task.mm().countResident(cpu, pfn, FrameAllocator.ORDER_4K, 1);
            }
        } finally {
            path.unlock();
        }
        if (fresh != Frames.NO_FRAME && pfn != fresh) {
            platform.releasePages(cpu, fresh, FrameAllocator.ORDER_4K);
        } else if (pfn != Frames.NO_FRAME && pfn == fresh) {
            platform.vmstat().count(cpu, VmEvent.PGMAJFAULT);
            platform.vmstat().count(cpu, VmEvent.PSWPIN);
        }
        return FaultOutcome.HANDLED;
    }
}
