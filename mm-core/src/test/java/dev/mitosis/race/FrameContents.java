package dev.mitosis.race;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.pagecache.PageContents;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** One word a frame, that several threads load and store. */
final class FrameContents implements PageContents {
    private final AtomicLongArray[] words;
    private final ConcurrentHashMap<Long, Long> slots = new ConcurrentHashMap<>();

    FrameContents(Topology topology) {
        words = new AtomicLongArray[topology.nodes()];
        for (int node = 0; node < words.length; node++) {
            words[node] = new AtomicLongArray((int) (2 * topology.framesOfNode(node)) + 1024);
        }
    }

    long get(long pfn) {
        if (pfn >= FrameAllocator.ZERO_PAGE && pfn < FrameAllocator.ZERO_PAGE + 512) {
            return 0;
        }
        return words[Frames.nodeOf(pfn)].get(index(pfn));
    }

    void put(long pfn, long value) {
        words[Frames.nodeOf(pfn)].set(index(pfn), value);
    }

    private static int index(long pfn) {
        return (int) (Frames.frameInNode(pfn) - Frames.TABLE_ZONE_FRAMES);
    }

    @Override
    public void cleared(long pfn, int order) {
        for (long i = 0; i < 1L << order; i++) {
            put(pfn + i, 0);
        }
    }

    @Override
    public void copied(long fromPfn, long toPfn, int order) {
        for (long i = 0; i < 1L << order; i++) {
            put(toPfn + i, get(fromPfn + i));
        }
    }

    @Override
    public void writtenToSwap(long pfn, long slot) {
        slots.put(slot, get(pfn));
    }

    @Override
    public void readFromSwap(long slot, long pfn) {
        put(pfn, slots.getOrDefault(slot, -1L));
    }

    @Override
    public void readFromFile(PageCache file, long page, long pfn) {
        put(pfn, 0);
    }

    @Override
    public long digest(long pfn) {
        return get(pfn) & Long.MAX_VALUE;
    }

    @Override
    public boolean areEqual(long pfn, long otherPfn) {
        return get(pfn) == get(otherPfn);
    }
}
