package dev.mitosis.mm.pagecache;

import dev.mitosis.mm.frame.AllocationFaults;
import dev.mitosis.mm.frame.FrameAllocator;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Slots that pages are written to when memory is short, with the cache of pages that are in memory and in a slot at once.
 *
 * <p>Shape: a slot has a count of the entries that name it; a cached page holds one reference of its own, so that it is copied
 * when somebody writes it, and the slot stays true.
 *
 * <p>Concurrency: one lock, held for a lookup or a change, under a page-table lock and above the locks of memory nodes.
 *
 * <p>Source: Linux {@code mm/swapfile.c}, {@code mm/swap_state.c}.
 */
public final class SwapSpace {
    public static final long NO_SLOT = -1;
    private static final int NONE = -1;

    private final long slots;
    private final FrameAllocator frames;
    private final PagesOf contents;
    private final Map<Long, Long> cachedPage = new HashMap<>();
    private final Map<Long, Long> slotOfPage = new HashMap<>();
    private int[] count = new int[0];
    private int[] nextFree = new int[0];
    private int freeHead = NONE;
    private int touched;
    private long used;
    private AllocationFaults faults = AllocationFaults.NONE;

    /** Where the contents of pages are kept now. */
    public interface PagesOf {
        PageContents contents();
    }

    public SwapSpace(long slots, FrameAllocator frames, PagesOf contents) {
        this.slots = Math.min(slots, Integer.MAX_VALUE - 8);
        this.frames = frames;
        this.contents = contents;
    }

    /** Makes allocations of slots fail as told, for tests. */
    public synchronized void install(AllocationFaults allocationFaults) {
        faults = allocationFaults;
    }

    public long slots() {
        return slots;
    }

    public synchronized long usedSlots() {
        return used;
    }

    /** Pages in memory that have a slot as well. */
    public synchronized long cachedPages() {
        return slotOfPage.size();
    }

    /**
     * Gives a page a slot for one entry that will name it: the slot that it has, or a fresh one with the page written to it.
     *
     * @return the slot, or {@link #NO_SLOT}
     */
    public synchronized long writeOut(long pfn) {
        Long known = slotOfPage.get(pfn);
        if (known != null) {
            count[(int) (long) known]++;
            return known;
        }
        int slot = take();
        if (slot < 0) {
            return NO_SLOT;
        }
        count[slot] = 1;
        contents.contents().writtenToSwap(pfn, slot);
        enter(slot, pfn);
        return slot;
    }

    /** A slot for a page that no entry maps and whose only holder gives it up: the page does not enter the cache. */
    synchronized long writeOutUnmapped(long pfn) {
        int slot = take();
        if (slot < 0) {
            return NO_SLOT;
        }
        count[slot] = 1;
        contents.contents().writtenToSwap(pfn, slot);
        return slot;
    }

    /** Lets a page leave the cache when nobody else refers to it: what makes writing it out worth while. */
    public synchronized boolean dropIfUnmapped(long pfn) {
        Long slot = slotOfPage.get(pfn);
        if (slot == null || frames.extraReferences(pfn) > 0) {
            return false;
        }
        cachedPage.remove(slot);
        slotOfPage.remove(pfn);
        frames.release(pfn, FrameAllocator.ORDER_4K);
        return true;
    }

    /** One more entry names a slot: a fork copied it. */
    public synchronized void duplicate(long slot) {
        assert count[(int) slot] > 0 : "slot " + slot + " is free";
        count[(int) slot]++;
    }

    /** An entry names the slot no more: it was unmapped. */
    public synchronized void drop(long slot) {
        int at = (int) slot;
        assert count[at] > 0 : "slot " + slot + " is free";
        if (--count[at] > 0) {
            return;
        }
        Long pfn = cachedPage.remove(slot);
        if (pfn != null) {
            slotOfPage.remove(pfn);
            frames.release(pfn, FrameAllocator.ORDER_4K);
        }
        nextFree[at] = freeHead;
        freeHead = at;
        used--;
    }

    /**
     * The page of a slot if it is in memory, with a reference for the caller; else {@code fresh}, into which it is read.
     *
     * <p>The caller then lets go of the slot by {@link #drop} when its entry names the page.
     */
    public synchronized long readIn(long slot, long fresh) {
        Long cached = cachedPage.get(slot);
        if (cached != null) {
            frames.share(cached);
            return cached;
        }
        contents.contents().readFromSwap(slot, fresh);
        if (count[(int) slot] > 1) {
            enter(slot, fresh);
        }
        return fresh;
    }

    /** Says whether the slot's page is in memory. */
    public synchronized boolean isCached(long slot) {
        return cachedPage.containsKey(slot);
    }

    private void enter(long slot, long pfn) {
        frames.share(pfn);
        cachedPage.put(slot, pfn);
        slotOfPage.put(pfn, slot);
    }

    private int take() {
        if (faults.fails(AllocationFaults.Kind.SWAP, -1)) {
            return NONE;
        }
        int slot = freeHead;
        if (slot != NONE) {
            freeHead = nextFree[slot];
        } else if (touched < slots) {
            slot = touched++;
            if (slot >= count.length) {
                int size = (int) Math.min(slots, Math.max(64, count.length * 2L));
                count = Arrays.copyOf(count, size);
                nextFree = Arrays.copyOf(nextFree, size);
            }
        } else {
            return NONE;
        }
        used++;
        return slot;
    }
}
