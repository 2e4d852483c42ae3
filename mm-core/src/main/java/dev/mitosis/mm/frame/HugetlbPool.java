package dev.mitosis.mm.frame;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The pool of huge pages of one size that MAP_HUGETLB draws on: pages set aside for good, and surplus ones that come from and go
 * back to free memory.
 *
 * <p>A mapping reserves its pages when it is made, so that a fault finds one; only a copy made on write, or a mapping without
 * reservation, can find the pool empty, and that is SIGBUS.
 *
 * <p>Unlike Linux's default of none, surplus pages are not limited unless a limit is set: a recorded program that got its huge
 * pages on the machine that it was recorded on gets them here.
 *
 * <p>Source: Linux {@code mm/hugetlb.c}, {@code Documentation/admin-guide/mm/hugetlbpage.rst}.
 */
public final class HugetlbPool {
    private final int order;
    private final FrameAllocator frames;
    private final List<Deque<Long>> free = new ArrayList<>();
    private long freePages;
    private long poolPages;
    private long surplusPages;
    private long reservedPages;
    private long maxSurplusPages = Long.MAX_VALUE;

    public HugetlbPool(int order, Topology topology, FrameAllocator frames) {
        this.order = order;
        this.frames = frames;
        for (int node = 0; node < topology.nodes(); node++) {
            free.add(new ArrayDeque<>());
        }
    }

    public int order() {
        return order;
    }

    /** Sets pages of a node aside ({@code nr_hugepages} of the node); returns how many could be had. */
    public synchronized long add(int node, long count) {
        long added = 0;
        while (added < count) {
            long pfn = frames.allocate(node, order);
            if (pfn == Frames.NO_FRAME) {
                break;
            }
            free.get(node).push(pfn);
            added++;
        }
        poolPages += added;
        freePages += added;
        return added;
    }

    /** Gives free pages of the pool back to memory, as far as they are not reserved. */
    public synchronized long drain() {
        long given = 0;
        for (Deque<Long> ofNode : free) {
            while (!ofNode.isEmpty() && freePages > reservedPages) {
                frames.release(ofNode.pop(), order);
                freePages--;
                poolPages--;
                given++;
            }
        }
        return given;
    }

    /** Limits the surplus pages (nr_overcommit_hugepages). */
    public synchronized void setMaxSurplus(long pages) {
        maxSurplusPages = pages;
    }

    /** HugePages_Total. */
    public synchronized long totalPages() {
        return poolPages + surplusPages;
    }

    /** HugePages_Free. */
    public synchronized long freePages() {
        return freePages;
    }

    /** HugePages_Rsvd. */
    public synchronized long reservedPages() {
        return reservedPages;
    }

    /** HugePages_Surp. */
    public synchronized long surplusPages() {
        return surplusPages;
    }

    /** Promises pages to a mapping, or throws ENOMEM. */
    public synchronized void reserve(long pages) {
        long lacking = reservedPages + pages - freePages;
        if (lacking > 0 && lacking > maxSurplusPages - surplusPages) {
            throw new KernelException(
                    Errno.ENOMEM, "the pool of " + (Frames.PAGE_BYTES << order >> 20) + " MiB pages lacks " + lacking);
        }
        reservedPages += pages;
    }

    public synchronized void unreserve(long pages) {
        reservedPages -= pages;
        assert reservedPages >= 0 : "huge page reservations below zero";
    }

    /**
     * Takes a page: of the pool from near to far within the nodes allowed, else a surplus one.
     *
     * @param isReserved whether a promise is kept by it
     */
    public synchronized long take(int firstNode, long nodeMask, boolean isReserved) {
        if (freePages > (isReserved ? 0 : reservedPages)) {
            for (long rest = nodeMask; rest != 0; ) {
                int node = frames.topology().nearestNode(firstNode, rest);
                if (!free.get(node).isEmpty()) {
                    freePages--;
                    reservedPages -= isReserved ? 1 : 0;
                    return marked(free.get(node).pop());
                }
                rest &= ~(1L << node);
            }
        }
        if (surplusPages >= maxSurplusPages) {
            return Frames.NO_FRAME;
        }
        for (long rest = nodeMask; rest != 0; ) {
            int node = frames.topology().nearestNode(firstNode, rest);
            long pfn = frames.allocate(node, order);
            if (pfn != Frames.NO_FRAME) {
                surplusPages++;
                reservedPages -= isReserved ? 1 : 0;
                return marked(pfn);
            }
            rest &= ~(1L << node);
        }
        return Frames.NO_FRAME;
    }

    /** Drops a reference to a page of the pool; true when it went back to free memory. */
    public synchronized boolean give(long pfn) {
        if (frames.extraReferences(pfn) > 0) {
            return frames.release(pfn, order);
        }
        if (surplusPages > 0) {
            surplusPages--;
            return frames.release(pfn, order);
        }
        frames.info().clear(pfn, PageInfo.HUGETLB);
        free.get(Frames.nodeOf(pfn)).push(pfn);
        freePages++;
        return false;
    }

    private long marked(long pfn) {
        frames.info().set(pfn, PageInfo.HUGETLB);
        return pfn;
    }
}
