package dev.mitosis.replication;

import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.pagecache.PageContents;
import java.util.HashMap;
import java.util.Map;

/** Contents of frames and swap slots, one number each, kept as the kernel says that it clears and copies. */
final class TestContents implements PageContents {
    private final Map<Long, Long> ofFrame = new HashMap<>();
    private final Map<Long, Long> ofSlot = new HashMap<>();
    private final Map<PageCache, NaiveMemory.Shared> files = new HashMap<>();

    void add(NaiveMemory.Shared object, PageCache file) {
        files.put(file, object);
    }

    long get(long pfn) {
        if (pfn >= FrameAllocator.ZERO_PAGE && pfn < FrameAllocator.ZERO_PAGE + 512) {
            return 0;
        }
        return ofFrame.getOrDefault(pfn, -2L);
    }

    void put(long pfn, long value) {
        if (get(pfn) == 0 && pfn >= FrameAllocator.ZERO_PAGE && pfn < FrameAllocator.ZERO_PAGE + 512) {
            throw new AssertionError("the zero page was written");
        }
        ofFrame.put(pfn, value);
    }

    long ofSlot(long slot) {
        return ofSlot.getOrDefault(slot, -3L);
    }

    @Override
    public void cleared(long pfn, int order) {
        for (long i = 0; i < 1L << order; i++) {
            ofFrame.put(pfn + i, 0L);
        }
    }

    @Override
    public void copied(long fromPfn, long toPfn, int order) {
        for (long i = 0; i < 1L << order; i++) {
            ofFrame.put(toPfn + i, get(fromPfn + i));
        }
    }

    @Override
    public void writtenToSwap(long pfn, long slot) {
        ofSlot.put(slot, get(pfn));
    }

    @Override
    public void readFromSwap(long slot, long pfn) {
        ofFrame.put(pfn, ofSlot(slot));
    }

    @Override
    public void readFromFile(PageCache file, long page, long pfn) {
        NaiveMemory.Shared object = files.get(file);
        ofFrame.put(pfn, object == null ? 0 : object.value(page));
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
