package dev.mitosis.mm.reclaim;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.context.MergedPages;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.PageInfo;
import dev.mitosis.mm.pagecache.PageContents;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.HashMap;
import java.util.Map;

/**
 * Same-page merging: equal pages of areas that asked for it become one, mapped read-only, and a store breaks the sharing.
 *
 * <p>Shape: the stable table knows merged pages by the digest of their contents, the unstable one candidates of this pass.
 *
 * <p>What pages contain is not known here: {@link PageContents} says which are equal.
 *
 * <p>Concurrency: one pass at a time, under mmap_lock for reading; a merged page is looked up, shared and released under the lock
 * of the stable table.
 *
 * <p>Source: Linux {@code mm/ksm.c:cmp_and_merge_page}; madvise(2), MADV_MERGEABLE.
 */
public final class Ksm implements MergedPages {
    private final Context context;
    private final Object pass = new Object();
    private final Object stable = new Object();
    private final Map<Long, Long> merged = new HashMap<>();
    private long sharingPages;

    /** A page of this pass that may find an equal one. */
    private record Candidate(MmStruct mm, Vma area, long va, long pfn) {}

    public Ksm(Context context) {
        this.context = context;
    }

    /** Entries that were made to name a page that others name too (pages_sharing), over the life of the kernel. */
    public long sharingPages() {
        synchronized (stable) {
            return sharingPages;
        }
    }

    /** Merged pages that exist now (pages_shared). */
    public int sharedPages() {
        synchronized (stable) {
            return merged.size();
        }
    }

    /** One pass over all mergeable areas; returns the number of pages that it freed. */
    public long scan(int cpu) {
        synchronized (pass) {
            Map<Long, Candidate> unstable = new HashMap<>();
            long freed = 0;
            for (MmStruct mm : context.addressSpaces().all()) {
                if (!mm.lock().tryLockRead(cpu)) {
                    continue;
                }
                try {
                    for (Vma area : mm.areas().all()) {
                        if (area.has(Vma.MERGEABLE)) {
                            freed += scan(mm, cpu, area, unstable);
                        }
                    }
                } finally {
                    mm.lock().unlockRead(cpu);
                }
            }
            context.vmstat().count(cpu, VmEvent.KSM_PAGES_MERGED, freed);
            return freed;
        }
    }

    private long scan(MmStruct mm, int cpu, Vma area, Map<Long, Candidate> unstable) {
        long freed = 0;
        TablePath path = new TablePath(context);
        for (long va = area.startVa(); va < area.endVa(); va += Frames.PAGE_BYTES) {
            path.find(mm.pageTable(), cpu, va);
            if (path.level > 1) {
                va = Math.min(area.endVa(), PagingLevel.nextBoundary(va, path.level)) - Frames.PAGE_BYTES;
                continue;
            }
            if (!isCandidate(path.entry)) {
                continue;
            }
            long pfn = Pte.pfn(path.entry);
            long digest = context.contents().digest(pfn);
            if (digest == -1) {
                continue;
            }
            if (mergeWithStable(mm, cpu, va, digest)) {
                freed++;
                continue;
            }
            Candidate partner = unstable.put(digest, new Candidate(mm, area, va, pfn));
            if (partner != null && makeStable(partner, cpu, digest) && mergeWithStable(mm, cpu, va, digest)) {
                freed++;
                unstable.remove(digest);
            }
        }
        return freed;
    }

    private boolean isCandidate(long entry) {
        return Pte.isPresent(entry)
                && !Pte.isSpecial(entry)
                && !context.frames().isShared(Pte.pfn(entry))
                && !context.frames().info().has(Pte.pfn(entry), PageInfo.KSM | PageInfo.LAZYFREE);
    }

    /** Write-protects a page and lets others be merged into it. */
    private boolean makeStable(Candidate page, int cpu, long digest) {
        MmStruct mm = page.mm;
        if (!mm.lock().tryLockRead(cpu)) {
            return false;
        }
        try {
            if (mm.pageTable().root() == Frames.NO_FRAME) {
                return false;
            }
            TablePath path = new TablePath(context);
            path.find(mm.pageTable(), cpu, page.va);
            if (path.level > 1 || !isCandidate(path.entry) || Pte.pfn(path.entry) != page.pfn) {
                return false;
            }
            path.lock();
            try {
                if (!path.isUnchanged() || !isCandidate(path.entry)) {
                    return false;
                }
                mm.setSharesFrames();
                long word = context.ops().getAndClear(cpu, 1, path.table, path.index);
                context.flush().run(mm, cpu, page.va, page.va + Frames.PAGE_BYTES, false);
                boolean isStill = context.contents().digest(page.pfn) == digest;
                path.set(cpu, isStill ? word & ~Pte.WRITE : word);
                if (isStill) {
                    synchronized (stable) {
                        context.frames().info().set(page.pfn, PageInfo.KSM);
                        merged.put(digest, page.pfn);
                    }
                }
                return isStill;
            } finally {
                path.unlock();
            }
        } finally {
            mm.lock().unlockRead(cpu);
        }
    }

    /** Replaces a page by an equal merged one, if there is one. */
    private boolean mergeWithStable(MmStruct mm, int cpu, long va, long digest) {
        TablePath path = new TablePath(context);
        path.find(mm.pageTable(), cpu, va);
        if (path.level > 1 || !isCandidate(path.entry)) {
            return false;
        }
        long pfn = Pte.pfn(path.entry);
        path.lock();
        try {
            if (!path.isUnchanged() || !isCandidate(path.entry)) {
                return false;
            }
            mm.setSharesFrames();
            long word = context.ops().getAndClear(cpu, 1, path.table, path.index);
            // Nobody may write it while it is compared.
            context.flush().run(mm, cpu, va, va + Frames.PAGE_BYTES, false);
            long twin = shareEqual(digest, pfn);
            if (twin == Frames.NO_FRAME) {
                path.set(cpu, word);
                return false;
            }
            path.set(cpu, Pte.withPfn(word & ~Pte.WRITE, twin));
            mm.countResident(cpu, twin, FrameAllocator.ORDER_4K, 1);
            mm.countResident(cpu, pfn, FrameAllocator.ORDER_4K, -1);
        } finally {
            path.unlock();
        }
        context.releasePages(cpu, pfn, FrameAllocator.ORDER_4K);
        return true;
    }

    private long shareEqual(long digest, long pfn) {
        synchronized (stable) {
            Long twin = merged.get(digest);
            if (twin == null || twin == pfn || !context.contents().areEqual(pfn, twin)) {
                return Frames.NO_FRAME;
            }
            context.frames().share(twin);
            sharingPages++;
            return twin;
        }
    }

    /** Drops a mapping's reference to a merged page; true when that was the last. */
    @Override
    public boolean release(long pfn) {
        synchronized (stable) {
            if (!context.frames().release(pfn, FrameAllocator.ORDER_4K)) {
                return false;
            }
            merged.values().removeIf(page -> page == pfn);
            return true;
        }
    }
}
