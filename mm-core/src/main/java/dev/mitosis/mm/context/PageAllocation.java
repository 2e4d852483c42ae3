package dev.mitosis.mm.context;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.PageInfo;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.tlb.FrameRelease;
import dev.mitosis.mm.vma.Mempolicy;

/**
 * The allocation of data pages: by memory policy, with fallback to other nodes and with reclaim.
 *
 * <p>Source: Linux {@code mm/page_alloc.c:__alloc_pages_slowpath}, {@code mm/mempolicy.c:alloc_pages_mpol}.
 */
public final class PageAllocation implements FrameRelease {
    /** How often an allocation that fails asks for reclaim. */
    static final int RECLAIM_ATTEMPTS = 3;

    /** Pages that one attempt asks reclaim for. */
    static final int RECLAIM_PAGES = 32;

    private final Context context;
    private final Topology topology;
    private final FrameAllocator frames;
    private PageReclaim reclaim = PageReclaim.NONE;
    private MergedPages merged = MergedPages.NONE;

    PageAllocation(Context context) {
        this.context = context;
        this.topology = context.topology();
        this.frames = context.frames();
    }

    /** Says who frees pages when memory is short, and who owns merged pages; for boot, before the first task. */
    public void install(PageReclaim reclaimer, MergedPages owner) {
        reclaim = reclaimer;
        merged = owner;
    }

    PageReclaim reclaim() {
        return reclaim;
    }

    /**
     * Takes data frames as a memory policy wants them: first its node, then the nodes it allows from near to far; when there are
     * none, cold pages are written out and it tries again.
     *
     * <p>The caller holds no page-table lock, and mmap_lock of the task's address space.
     *
     * @return the first frame, or {@link Frames#NO_FRAME}
     */
    public long take(Task task, Mempolicy policy, int firstNode, int order) {
        int cpu = task.cpu();
        long pfn = tryTake(cpu, policy, firstNode, order);
        if (pfn == Frames.NO_FRAME && context.flush().drainAll(cpu)) {
            pfn = tryTake(cpu, policy, firstNode, order);
        }
        for (int attempt = 0; pfn == Frames.NO_FRAME && order == 0 && attempt < RECLAIM_ATTEMPTS; attempt++) {
            if (reclaim.run(task.mm(), cpu, policy.fallbackNodes(topology), RECLAIM_PAGES) == 0) {
                break;
            }
            pfn = tryTake(cpu, policy, firstNode, order);
        }
        return pfn;
    }

    private long tryTake(int cpu, Mempolicy policy, int firstNode, int order) {
        long pfn = frames.allocate(firstNode, order);
        if (pfn == Frames.NO_FRAME) {
            pfn = takeElsewhere(policy, firstNode, order);
            if (pfn == Frames.NO_FRAME) {
                return pfn;
            }
            context.vmstat().count(cpu, VmEvent.NUMA_MISS);
        } else {
            context.vmstat().count(cpu, VmEvent.NUMA_HIT);
        }
        context.meter().pagesAllocated(cpu, Frames.nodeOf(pfn), order, 1);
        return pfn;
    }

    private long takeElsewhere(Mempolicy policy, int firstNode, int order) {
        context.events().nodePressure(firstNode);
        for (long rest = policy.fallbackNodes(topology) & ~(1L << firstNode); rest != 0; ) {
            int node = topology.nearestNode(firstNode, rest);
            long pfn = frames.allocate(node, order);
            if (pfn != Frames.NO_FRAME) {
                return pfn;
            }
            rest &= ~(1L << node);
        }
        return Frames.NO_FRAME;
    }

    /** Drops a mapping's reference to data frames. */
    public void release(int cpu, long pfn, int order) {
        if (releaseReference(pfn, order)) {
            context.meter().pagesFreed(cpu, Frames.nodeOf(pfn), order, 1);
        }
    }

    private boolean releaseReference(long pfn, int order) {
        if (order > FrameAllocator.ORDER_4K && frames.info().has(pfn, PageInfo.HUGETLB)) {
            return context.hugetlb(order).give(pfn);
        }
        if (frames.info().has(pfn, PageInfo.KSM)) {
            return merged.release(pfn);
        }
        return frames.release(pfn, order);
    }

    /** Frees a run of pages of one node under one hold of the lock of its lists. */
    @Override
    public void releasePages(int cpu, long[] pages, int count, int orderBits) {
        int held = -1;
        for (int i = 0; i < count; i++) {
            long pfn = pages[i] >>> orderBits;
            int order = (int) pages[i] & ((1 << orderBits) - 1);
            // Merged and huge pages have locks of their own, which stand above a node's.
            boolean isPlain = order == FrameAllocator.ORDER_4K && !frames.info().has(pfn, PageInfo.KSM);
            int node = isPlain ? Frames.nodeOf(pfn) : -1;
            if (node != held) {
                unlock(held);
                lock(node);
                held = node;
            }
            release(cpu, pfn, order);
        }
        unlock(held);
    }

    @Override
    public void releaseTable(MmStruct mm, int cpu, int level, long table) {
        context.ops().freeTable(mm.pageTable(), level, cpu, table);
        mm.countTable(cpu, level, -1);
    }

    private void lock(int node) {
        if (node >= 0) {
            frames.lockNode(node);
        }
    }

    private void unlock(int node) {
        if (node >= 0) {
            frames.unlockNode(node);
        }
    }
}
