package dev.mitosis.mm.frame;

import dev.mitosis.hal.Frames;
import java.util.ArrayList;
import java.util.List;

/**
 * Unmovable pages strewn over a node, so that base pages can be had and huge pages cannot: memory as it is after weeks.
 *
 * <p>A 2 MiB block is spoilt by one page that stays in it. The kernel has no compaction, so a spoilt block stays so until
 * {@link #release}.
 *
 * <p>Source: Mitosis (ASPLOS'20) §8.3, vMitosis (ASPLOS'21) §4.1 (fragmented memory); Linux
 * {@code Documentation/admin-guide/mm/concepts.rst} (compaction, unmovable pages).
 */
public final class Fragmentation {
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final FrameAllocator frames;
    private final List<Long> pinned = new ArrayList<>();

    Fragmentation(FrameAllocator frames) {
        this.frames = frames;
    }

    /**
     * Spoils a share of the blocks of a node that are free now.
     *
     * @param percent of the free blocks, 0 … 100
     * @param seed chooses which blocks
     * @return how many blocks were spoilt
     */
    public synchronized long spoil(int node, int percent, long seed) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException(percent + " percent of the blocks");
        }
        List<Long> blocks = new ArrayList<>();
        for (long block; (block = frames.allocate(node, FrameAllocator.ORDER_2M)) != Frames.NO_FRAME; ) {
            blocks.add(block);
        }
        frames.seal(node, true);
        long spoilt = 0;
        for (int i = 0; i < blocks.size(); i++) {
            long first = blocks.get(i);
            long draw = (seed + i + 1) * SPREAD;
            draw = (draw ^ draw >>> 32) * SPREAD;
            if (Long.remainderUnsigned(draw >>> 16, 100) >= percent) {
                frames.release(first, FrameAllocator.ORDER_2M);
                continue;
            }
            long kept = draw >>> 55;
            for (long frame = 0; frame < BlockList.FRAMES; frame++) {
                if (frame != kept) {
                    frames.release(first + frame, FrameAllocator.ORDER_4K);
                }
            }
            pinned.add(first + kept);
            spoilt++;
        }
        return spoilt;
    }

    /** Takes the unmovable pages away. */
    public synchronized void release() {
        for (long pfn : pinned) {
            frames.seal(Frames.nodeOf(pfn), false);
            frames.release(pfn, FrameAllocator.ORDER_4K);
        }
        pinned.clear();
    }
}
