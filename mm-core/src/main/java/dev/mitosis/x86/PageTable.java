package dev.mitosis.x86;

import dev.mitosis.hal.Frames;

/**
 * One address space's tree of page tables, by its primary root.
 *
 * <p>The primary tree is the one that the kernel edits; copies, where a mechanism keeps any, hang off it and are that
 * mechanism's business.
 */
public final class PageTable {
    private final int id;
    private final int levels;
    private volatile long root = Frames.NO_FRAME;

    /**
     * @param id number of the address space, unique on the board
     * @param levels 4 or 5
     */
    public PageTable(int id, int levels) {
        if (levels != 4 && levels != 5) {
            throw new IllegalArgumentException("page tables have 4 or 5 levels, not " + levels);
        }
        this.id = id;
        this.levels = levels;
    }

    public int id() {
        return id;
    }

    public int levels() {
        return levels;
    }

    /** The frame of the primary top-level table, {@link Frames#NO_FRAME} before it was allocated and after exit. */
    public long root() {
        return root;
    }

    public void setRoot(long root) {
        this.root = root;
    }
}
