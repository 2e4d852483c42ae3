package dev.mitosis.mm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The areas of an address space, sorted by address and disjoint.
 *
 * <p>Shape: a two-level B+ tree: leaves of at most 64 areas, and above them one array of the leaves' first addresses. A
 * hundred thousand areas are some 2,000 leaves.
 *
 * <p>Cost: find is two binary searches without boxing; insert and remove move at most 64 areas, or one array of leaves when a
 * leaf splits or empties.
 *
 * <p>Source: the role of Linux {@code lib/maple_tree.c} under {@code mm/mmap.c}.
 */
public final class VmaTree {
    private static final int LEAF = 64;

    private static final class Leaf {
        final Vma[] areas = new Vma[LEAF];
        int size;
    }

    private Leaf[] leaves = new Leaf[4];
    private long[] firstVa = new long[4];
    private int leafCount;
    private int size;

    public int size() {
        return size;
    }

    /** The area that contains {@code va}, or null. */
    public @Nullable Vma find(long va) {
        Vma area = firstEndingAfter(va);
        return area != null && area.startVa() <= va ? area : null;
    }

    /** The first area that ends after {@code va}: the one that contains it, or the next one above; null when there is none. */
    public @Nullable Vma firstEndingAfter(long va) {
        if (leafCount == 0) {
            return null;
        }
        int at = leafOf(va);
        Leaf leaf = leaves[at];
        int i = slot(leaf, va);
        if (i < leaf.size) {
            return leaf.areas[i];
        }
        return at + 1 < leafCount ? leaves[at + 1].areas[0] : null;
    }

    /** The last area that begins below {@code va}, or null. */
    public @Nullable Vma lastStartingBelow(long va) {
        if (leafCount == 0) {
            return null;
        }
        int at = leafOf(va - 1);
        Leaf leaf = leaves[at];
        for (int i = leaf.size - 1; i >= 0; i--) {
            if (leaf.areas[i].startVa() < va) {
                return leaf.areas[i];
            }
        }
        return null;
    }

    /** All areas that touch {@code [startVa, endVa)}, in order. */
    public List<Vma> overlapping(long startVa, long endVa) {
        List<Vma> found = new ArrayList<>();
        // An empty range touches nothing, also inside an area.
        for (Vma area = startVa < endVa ? firstEndingAfter(startVa) : null; area != null && area.startVa() < endVa; ) {
            found.add(area);
            area = firstEndingAfter(area.endVa());
        }
        return found;
    }

    public List<Vma> all() {
        return overlapping(0, Long.MAX_VALUE);
    }

    /**
     * Inserts an area into a free range, merging it with its neighbours where Linux would.
     *
     * @return the area that now covers the range
     */
    public Vma insert(Vma area) {
        assert overlapping(area.startVa(), area.endVa()).isEmpty() : area + " overlaps";
        Vma joined = area;
        Vma after = find(area.endVa());
        if (after != null && area.canMergeWith(after)) {
            remove(after);
            joined = area.part(area.startVa(), after.endVa());
            joined.absorb(after);
        }
        Vma before = area.startVa() == 0 ? null : find(area.startVa() - 1);
        if (before != null && before.canMergeWith(joined)) {
            before.setBounds(before.startVa(), joined.endVa());
            before.absorb(joined);
            return before;
        }
        add(joined);
        return joined;
    }

    /** Removes what lies in {@code [startVa, endVa)}, splitting areas at its ends; returns the removed parts in order. */
    public List<Vma> cut(long startVa, long endVa) {
        List<Vma> touched = overlapping(startVa, endVa);
        List<Vma> removed = new ArrayList<>(touched.size());
        for (Vma area : touched) {
            long from = Math.max(startVa, area.startVa());
            long to = Math.min(endVa, area.endVa());
            removed.add(area.part(from, to));
            remove(area);
            if (area.startVa() < from) {
                add(area.part(area.startVa(), from));
            }
            if (to < area.endVa()) {
                add(area.part(to, area.endVa()));
            }
        }
        return removed;
    }

    /** Counts the areas there would be after {@link #cut}: what max_map_count is held against. */
    public int sizeAfterCut(long startVa, long endVa) {
        int count = size;
        for (Vma area : overlapping(startVa, endVa)) {
            count += (area.startVa() < startVa ? 1 : 0) + (endVa < area.endVa() ? 1 : 0) - 1;
        }
        return count;
    }

    /**
     * The highest free range of a length below {@code highVa}, as top-down placement wants it.
     *
     * @return its start, or -1
     */
    public long highestGap(long lengthBytes, long lowVa, long highVa) {
        long end = highVa;
        while (true) {
            if (end - lengthBytes < lowVa) {
                return -1;
            }
            Vma below = lastStartingBelow(end);
            if (below == null || below.endVa() <= end - lengthBytes) {
                return end - lengthBytes;
            }
            end = Math.min(end, below.startVa());
        }
    }

    /** Tells the tree that an area of it begins lower than it did. */
    void startMoved(Vma area) {
        int at = leafOf(area.endVa() - 1);
        firstVa[at] = leaves[at].areas[0].startVa();
    }

    private void add(Vma area) {
        if (leafCount == 0) {
            leaves[0] = new Leaf();
            leafCount = 1;
        }
        int at = leafOf(area.startVa());
        Leaf leaf = leaves[at];
        if (leaf.size == LEAF) {
            split(at);
            at = leafOf(area.startVa());
            leaf = leaves[at];
        }
        int i = slot(leaf, area.startVa());
        System.arraycopy(leaf.areas, i, leaf.areas, i + 1, leaf.size - i);
        leaf.areas[i] = area;
        leaf.size++;
        size++;
        firstVa[at] = leaf.areas[0].startVa();
    }

    private void remove(Vma area) {
        int at = leafOf(area.startVa());
        Leaf leaf = leaves[at];
        int i = slot(leaf, area.startVa());
        assert leaf.areas[i] == area : area + " is not in the tree";
        System.arraycopy(leaf.areas, i + 1, leaf.areas, i, leaf.size - i - 1);
        leaf.size--;
        size--;
        if (leaf.size > 0) {
            firstVa[at] = leaf.areas[0].startVa();
            return;
        }
        System.arraycopy(leaves, at + 1, leaves, at, leafCount - at - 1);
        System.arraycopy(firstVa, at + 1, firstVa, at, leafCount - at - 1);
        leafCount--;
    }

    private void split(int at) {
        if (leafCount == leaves.length) {
            leaves = Arrays.copyOf(leaves, leafCount * 2);
            firstVa = Arrays.copyOf(firstVa, leafCount * 2);
        }
        System.arraycopy(leaves, at + 1, leaves, at + 2, leafCount - at - 1);
        System.arraycopy(firstVa, at + 1, firstVa, at + 2, leafCount - at - 1);
        Leaf low = leaves[at];
        Leaf high = new Leaf();
        high.size = LEAF / 2;
        low.size = LEAF - high.size;
        System.arraycopy(low.areas, low.size, high.areas, 0, high.size);
        leaves[at + 1] = high;
        firstVa[at + 1] = high.areas[0].startVa();
        leafCount++;
    }

    /** The last leaf whose first address is not above {@code va}; the first leaf when all are. */
    private int leafOf(long va) {
        int low = 0;
        int high = leafCount - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (firstVa[middle] <= va) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** The first slot of the leaf whose area ends after {@code va}. */
    private static int slot(Leaf leaf, long va) {
        int low = 0;
        int high = leaf.size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (leaf.areas[middle].endVa() > va) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
