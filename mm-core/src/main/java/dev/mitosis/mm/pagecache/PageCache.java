package dev.mitosis.mm.pagecache;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.stat.VmEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pages of an object that several areas may map: a file, or memory shared between processes.
 *
 * <p>Shape: each page is absent, in a frame (the object then holds one reference of its own), or in a swap slot. A file's
 * absent pages are read when they are touched, those of shared memory are zeroes. Touching a page beyond the end of a file is
 * SIGBUS.
 *
 * <p>All pages go when no area maps the object any more and nobody holds it open.
 *
 * <p>Concurrency: one lock, under page-table locks and above those of swap and memory nodes.
 *
 * <p>Source: the role of Linux {@code mm/filemap.c} and {@code mm/shmem.c}.
 */
public final class PageCache {
    /** The length of an object that has no end. */
    public static final long ENDLESS = Long.MAX_VALUE;

    private static final int CHUNK_SHIFT = 9;
    private static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;
    /** Entries below this are swap slots: {@code IN_SWAP - slot}. */
    private static final long IN_SWAP = -2;

    private final String name;
    private final boolean isFile;
    private final int order;
    private final Map<Long, long[]> chunks = new HashMap<>();
    private final Map<MmStruct, Long> mappedPages = new HashMap<>();
    private volatile long pages;
    private int holders;
    private boolean isReadOnly;

    /** An object without an end, such as a file whose length does not matter. */
    public PageCache(String name) {
        this(name, ENDLESS, true, FrameAllocator.ORDER_4K);
    }

    private PageCache(String name, long pages, boolean isFile, int order) {
        this.name = name;
        this.pages = pages;
        this.isFile = isFile;
        this.order = order;
    }

    /** A file of a number of pages. */
    public static PageCache file(String name, long pages) {
        return new PageCache(name, pages, true, FrameAllocator.ORDER_4K);
    }

    /** A file that was opened for reading only: it cannot be mapped shared and writable. */
    public static PageCache readOnlyFile(String name, long pages) {
        PageCache file = file(name, pages);
        file.isReadOnly = true;
        return file;
    }

    /** Memory shared between processes (tmpfs, or a shared anonymous mapping): it can be swapped. */
    public static PageCache sharedMemory(String name, long pages) {
        return new PageCache(name, pages, false, FrameAllocator.ORDER_4K);
    }

    /** Shared memory in huge pages of a pool (hugetlbfs); a page is known by the number of its first 4 KiB. */
    public static PageCache hugetlb(String name, int order) {
        return new PageCache(name, ENDLESS, false, order);
    }

    /** Somebody holds the file open: its pages stay though nobody maps them. */
    public synchronized void open() {
        holders++;
    }

    /** The length; touching a page beyond is SIGBUS. */
    public long pages() {
        return pages;
    }

    public boolean isReadOnly() {
        return isReadOnly;
    }

    public boolean isFile() {
        return isFile;
    }

    /** The frame of a page, or {@link Frames#NO_FRAME}. */
    public synchronized long lookup(long page) {
        long entry = entry(page);
        return entry < 0 ? Frames.NO_FRAME : entry;
    }

    /**
     * The page with a reference for the caller: the frame that is there, or {@code fresh} with what belongs into it.
     *
     * @param fresh a frame of the caller's, or {@link Frames#NO_FRAME}: then only a page that is there is found
     * @return the frame, or {@code NO_FRAME}; when it is not {@code fresh}, the caller still owns that
     */
    public synchronized long take(PageSupply supply, int cpu, long page, long fresh) {
        long entry = entry(page);
        if (entry >= 0) {
            supply.frames().share(entry);
            return entry;
        }
        if (fresh == Frames.NO_FRAME) {
            return fresh;
        }
        if (entry <= IN_SWAP) {
            long slot = IN_SWAP - entry;
            supply.contents().readFromSwap(slot, fresh);
            supply.swap().drop(slot);
            supply.vmstat().count(cpu, VmEvent.PSWPIN);
        } else if (isFile) {
            supply.contents().readFromFile(this, page, fresh);
        } else {
            supply.contents().cleared(fresh, order);
        }
        put(page, fresh);
        supply.frames().share(fresh);
        return fresh;
    }

    /**
     * Replaces a page's frame by a copy that is about to be made of it, if nobody refers to it but the object and the caller; the
     * caller's reference to the copy becomes the object's.
     */
    public synchronized boolean replace(PageSupply supply, long page, long from, long to) {
        if (entry(page) != from || supply.frames().extraReferences(from) != 1) {
            return false;
        }
        put(page, to);
        supply.frames().release(from, FrameAllocator.ORDER_4K);
        return true;
    }

    /** Lets a page that only the object holds leave memory: to swap, or, for a file, to be read again. */
    public synchronized boolean writeOut(PageSupply supply, int cpu, long page) {
        long pfn = entry(page);
        if (pfn < 0 || order != FrameAllocator.ORDER_4K || supply.frames().extraReferences(pfn) > 0) {
            return false;
        }
        long entry = Frames.NO_FRAME;
        if (!isFile) {
            long slot = supply.swap().writeOutUnmapped(pfn);
            if (slot == SwapSpace.NO_SLOT) {
                return false;
            }
            entry = IN_SWAP - slot;
            supply.vmstat().count(cpu, VmEvent.PSWPOUT);
        }
        put(page, entry);
        supply.releasePages(cpu, pfn, FrameAllocator.ORDER_4K);
        return true;
    }

    /** Counts the pages of areas of an address space that map the object; with the last of all its own pages go. */
    public synchronized void countMapped(PageSupply supply, int cpu, MmStruct mm, long change) {
        long mapped = mappedPages.getOrDefault(mm, 0L) + change;
        assert mapped >= 0 : this + " is mapped " + mapped + " times by " + mm;
        if (mapped > 0) {
            mappedPages.put(mm, mapped);
            return;
        }
        mappedPages.remove(mm);
        if (mappedPages.isEmpty() && holders == 0) {
            drop(supply, cpu, 0);
        }
    }

    /** The address spaces that map the object now. */
    public synchronized List<MmStruct> mappers() {
        return new ArrayList<>(mappedPages.keySet());
    }

    public void setLength(long count) {
        pages = count;
    }

    /** Lets pages go that lie beyond a length, and that nobody maps any more. */
    public synchronized void dropBeyond(PageSupply supply, int cpu, long count) {
        drop(supply, cpu, count);
    }

    private void drop(PageSupply supply, int cpu, long fromPage) {
        for (Map.Entry<Long, long[]> chunk : chunks.entrySet()) {
            long first = chunk.getKey() << CHUNK_SHIFT;
            for (int i = 0; i <= CHUNK_MASK; i++) {
                if (first + i >= fromPage) {
                    long entry = chunk.getValue()[i];
                    chunk.getValue()[i] = Frames.NO_FRAME;
                    if (entry >= 0) {
                        supply.releasePages(cpu, entry, order);
                    } else if (entry <= IN_SWAP) {
                        supply.swap().drop(IN_SWAP - entry);
                    }
                }
            }
        }
        if (fromPage == 0) {
            chunks.clear();
        }
    }

    private long entry(long page) {
        long[] chunk = chunks.get(page >>> CHUNK_SHIFT);
        return chunk == null ? Frames.NO_FRAME : chunk[(int) page & CHUNK_MASK];
    }

    private void put(long page, long entry) {
        long[] chunk = chunks.computeIfAbsent(page >>> CHUNK_SHIFT, number -> {
            long[] fresh = new long[1 << CHUNK_SHIFT];
            Arrays.fill(fresh, Frames.NO_FRAME);
            return fresh;
        });
        chunk[(int) page & CHUNK_MASK] = entry;
    }

    @Override
    public String toString() {
        return name;
    }
}
