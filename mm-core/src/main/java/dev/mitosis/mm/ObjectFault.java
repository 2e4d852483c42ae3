package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.Pte;

/**
 * The first touch of a page of an object: the object's own page for a shared area or a read, a copy of it for a write to a
 * private one.
 *
 * <p>Source: Linux {@code mm/memory.c:do_fault} (do_read_fault, do_cow_fault, do_shared_fault), {@code mm/filemap.c:filemap_fault}.
 */
final class ObjectFault {
    private final Platform platform;

    ObjectFault(Platform platform) {
        this.platform = platform;
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
            long copy = AnonymousFault.takePages(platform, task, area, va, FrameAllocator.ORDER_4K);
            if (copy != Frames.NO_FRAME) {
                platform.meter().pageCopied(task.cpu(), Frames.nodeOf(pfn), Frames.nodeOf(copy), 0);
                platform.contents().copied(pfn, copy, FrameAllocator.ORDER_4K);
            }
            platform.releasePages(task.cpu(), pfn, FrameAllocator.ORDER_4K);
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
        long pfn = cache.take(platform, cpu, page, Frames.NO_FRAME);
        if (pfn != Frames.NO_FRAME) {
            return pfn;
        }
        long fresh = AnonymousFault.takePages(platform, task, area, va, FrameAllocator.ORDER_4K);
        if (fresh == Frames.NO_FRAME) {
            return fresh;
        }
        pfn = cache.take(platform, cpu, page, fresh);
        if (pfn != fresh) {
            platform.releasePages(cpu, fresh, FrameAllocator.ORDER_4K);
        } else if (cache.isFile()) {
            platform.vmstat().count(cpu, VmEvent.PGMAJFAULT);
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
        platform.releasePages(cpu, Pte.pfn(entry), FrameAllocator.ORDER_4K);
        return page < cache.pages() ? FaultOutcome.HANDLED : FaultOutcome.SIGBUS;
    }

    private FaultOutcome outOfMemory(Task task) {
        platform.vmstat().count(task.cpu(), VmEvent.OOM_KILL);
        return FaultOutcome.OOM;
    }
}
