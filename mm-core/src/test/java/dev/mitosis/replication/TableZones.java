package dev.mitosis.replication;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.x86.FrameSource;

/** Table frames for tests: a few on each node, junk on return, and a count of those in use. */
final class TableZones implements FrameSource {
    private static final long JUNK = 0x6b6b_6b6b_6b6b_6b6bL;

    private final PhysicalMemory memory;
    private final boolean[][] inUse;

    TableZones(PhysicalMemory memory, int nodes, int framesPerNode) {
        this.memory = memory;
        this.inUse = new boolean[nodes][framesPerNode];
    }

    @Override
    public long takeTable(int node) {
        for (int frame = 0; frame < inUse[node].length; frame++) {
            if (!inUse[node][frame]) {
                inUse[node][frame] = true;
                long table = Frames.pfn(node, frame);
                memory.clear(table);
                return table;
            }
        }
        return Frames.NO_FRAME;
    }

    @Override
    public void returnTable(long table) {
        int frame = (int) Frames.frameInNode(table);
        if (!inUse[Frames.nodeOf(table)][frame]) {
            throw new IllegalStateException("table " + Long.toHexString(table) + " returned twice");
        }
        inUse[Frames.nodeOf(table)][frame] = false;
        memory.fill(table, 0, PhysicalMemory.WORDS, JUNK, 0);
    }

    int inUse(int node) {
        int count = 0;
        for (boolean used : inUse[node]) {
            count += used ? 1 : 0;
        }
        return count;
    }

    int inUse() {
        int count = 0;
        for (int node = 0; node < inUse.length; node++) {
            count += inUse(node);
        }
        return count;
    }
}
