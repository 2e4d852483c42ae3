package dev.mitosis.mm.fault;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Protection;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.Pte;

/**
 * The first touch of a page of an object: the object's own page for a shared area or a read, a copy of it for a write to a
 * private one.
 *
 * <p>Source: Linux {@code mm/memory.c:do_fault} (do_read_fault, do_cow_fault, do_shared_fault), {@code mm/filemap.c:filemap_fault}.
 */
final class FileFault {
    private final Context context;

    FileFault(Context context) {
        this.context = context;
    }

    FaultOutcome make(Task task, Vma area, long va, boolean isWrite, TablePath path) {
        PageCache cache = (PageCache) area.file();
        if (cache == null) {
            throw new IllegalStateException("area " + area + " has no object");
        }
        long page = area.pageAt(va);
        if (page >= cache.pages()) {
            return FaultOutcome.SIGBUS;
        }
        long pfn = takeFromCache(task, area, va, cache, page);
        if (pfn == Frames.NO_FRAME) {
            return outOfMemory(task);
        }
        boolean copies = isWrite && area.isPrivate();
        if (copies) {
            long copy = AnonymousFault.takePages(context, task, area, va, FrameAllocator.ORDER_4K);
            if (copy != Frames.NO_FRAME) {
                context.meter().pageCopied(task.cpu(), Frames.nodeOf(pfn), Frames.nodeOf(copy), 0);
                context.contents().copied(pfn, copy, FrameAllocator.ORDER_4K);
            }
            context.releasePages(task.cpu(), pfn, FrameAllocator.ORDER_4K);
            if (copy == Frames.NO_FRAME) {
                return outOfMemory(task);
            }
            area.noteOwnPage();
            pfn = copy;
        }
        long flags = Protection.flags(area.flags(), copies || !area.isPrivate());
        return map(task, cache, page, path, Pte.of(pfn, flags | Pte.ACCESSED | (isWrite ? Pte.DIRTY : 0)));
    }

    /** The object's page with a reference for the mapping; it is brought in when it is not there. */
    private long takeFromCache(Task task, Vma area, long va, PageCache cache, long page) {
        int cpu = task.cpu();
        long pfn = cache.take(context, cpu, page, Frames.NO_FRAME);
        if (pfn != Frames.NO_FRAME) {
            return pfn;
        }
        long fresh = AnonymousFault.takePages(context, task, area, va, FrameAllocator.ORDER_4K);
        if (fresh == Frames.NO_FRAME) {
            return fresh;
        }
        pfn = cache.take(context, cpu, page, fresh);
        if (pfn != fresh) {
            context.releasePages(cpu, fresh, FrameAllocator.ORDER_4K);
        } else if (cache.isFile()) {
            context.vmstat().count(cpu, VmEvent.PGMAJFAULT);
        }
        return pfn;
    }

    private FaultOutcome map(Task task, PageCache cache, long page, TablePath path, long entry) {
        int cpu = task.cpu();
        path.lock();
        try {
            // The file may have been cut short since; whoever does that unmaps after it has set the length.
            if (page < cache.pages() && path.isUnchanged()) {
                path.set(cpu, entry);
                task.mm().countResident(cpu, Pte.pfn(entry), FrameAllocator.ORDER_4K, 1);
                return FaultOutcome.HANDLED;
            }
        } finally {
            path.unlock();
        }
        context.releasePages(cpu, Pte.pfn(entry), FrameAllocator.ORDER_4K);
        return page < cache.pages() ? FaultOutcome.HANDLED : FaultOutcome.SIGBUS;
    }

    private FaultOutcome outOfMemory(Task task) {
        context.vmstat().count(task.cpu(), VmEvent.OOM_KILL);
        return FaultOutcome.OOM;
    }
}
