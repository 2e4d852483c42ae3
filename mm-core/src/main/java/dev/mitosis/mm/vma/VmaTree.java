package dev.mitosis.mm.vma;

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
 * leaf splits or empties. The largest gaps are kept by leaf, so that a place is found without a look at every area.
 *
 * <p>Source: the role of Linux {@code lib/maple_tree.c} under {@code mm/mmap.c}.
 */
public final class VmaTree {
    private static final int LEAF = 64;
    /** Leaves whose largest gap is kept together. */
    private static final int GROUP = 64;

    private static final long UNKNOWN = -1;

    private static final class Leaf {
        final Vma[] areas = new Vma[LEAF];
        /** The bounds of the areas, side by side: searches need not look at the areas themselves. */
        final long[] starts = new long[LEAF];

        final long[] ends = new long[LEAF];
        int size;

        void put(int i, Vma area) {
            areas[i] = area;
            starts[i] = area.startVa();
            ends[i] = area.endVa();
        }

        void move(int from, int to, int count) {
            copy(this, from, this, to, count);
        }

        static void copy(Leaf source, int from, Leaf target, int to, int count) {
            System.arraycopy(source.areas, from, target.areas, to, count);
            System.arraycopy(source.starts, from, target.starts, to, count);
            System.arraycopy(source.ends, from, target.ends, to, count);
        }
    }

    private Leaf[] leaves = new Leaf[4];
    private long[] firstVa = new long[4];
    /** The largest gap below an area of each leaf, and of each group of leaves; looked for when it is needed. */
    private long[] gapOfLeaf = new long[4];

    private long[] gapOfGroup = new long[1];
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
            if (leaf.starts[i] < va) {
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
            int at = leafOf(before.startVa());
            leaves[at].put(slot(leaves[at], before.startVa()), before);
            gapsChanged(at);
            return before;
        }
        add(joined);
        return joined;
    }

    /** Inserts an area into a free range as it is, beside neighbours that it could be one with: what a fork does. */
    public void insertUnmerged(Vma area) {
        assert overlapping(area.startVa(), area.endVa()).isEmpty() : area + " overlaps";
        add(area);
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
     * <p>Cost: skips leaves, and groups of {@value #GROUP} leaves, whose largest gap is too small.
     *
     * @return its start, or -1
     */
    public long highestGap(long lengthBytes, long lowVa, long highVa) {
        Vma below = lastStartingBelow(highVa);
        if (below == null || below.endVa() <= highVa - lengthBytes) {
            return highVa - lengthBytes < lowVa ? -1 : highVa - lengthBytes;
        }
        for (int at = leafOf(highVa - 1); at >= 0; at--) {
            if ((at & (GROUP - 1)) == GROUP - 1 && gapOfGroup(at / GROUP) < lengthBytes) {
                at -= GROUP - 1;
                continue;
            }
            if (gapOfLeaf(at) < lengthBytes) {
                continue;
            }
            Leaf leaf = leaves[at];
            for (int i = leaf.size - 1; i >= 0; i--) {
                long start = leaf.starts[i];
                if (start <= highVa && start - Math.max(lowVa, endBefore(at, i)) >= lengthBytes) {
                    return start - lengthBytes;
                }
            }
        }
        return -1;
    }

    /** The end of the area before a slot; 0 before the first. */
    private long endBefore(int at, int i) {
        if (i > 0) {
            return leaves[at].ends[i - 1];
        }
        return at == 0 ? 0 : leaves[at - 1].ends[leaves[at - 1].size - 1];
    }

    private long gapOfLeaf(int at) {
        if (gapOfLeaf[at] == UNKNOWN) {
            Leaf leaf = leaves[at];
            long largest = leaf.starts[0] - endBefore(at, 0);
            for (int i = 1; i < leaf.size; i++) {
                largest = Math.max(largest, leaf.starts[i] - leaf.ends[i - 1]);
            }
            gapOfLeaf[at] = largest;
        }
        return gapOfLeaf[at];
    }

    private long gapOfGroup(int group) {
        if (gapOfGroup[group] == UNKNOWN) {
            long largest = 0;
            for (int at = group * GROUP; at < Math.min(leafCount, (group + 1) * GROUP); at++) {
                largest = Math.max(largest, gapOfLeaf(at));
            }
            gapOfGroup[group] = largest;
        }
        return gapOfGroup[group];
    }

    /** An area of a leaf has changed: its gaps, and the one before the next leaf, must be looked at again. */
    private void gapsChanged(int at) {
        for (int leaf = at; leaf <= at + 1 && leaf < leafCount; leaf++) {
            gapOfLeaf[leaf] = UNKNOWN;
            gapOfGroup[leaf / GROUP] = UNKNOWN;
        }
    }

    /** Leaves from {@code at} on have other numbers now. */
    private void leavesMoved(int at) {
        Arrays.fill(gapOfGroup, at / GROUP, gapOfGroup.length, UNKNOWN);
    }

    /** Tells the tree that an area of it begins lower than it did. */
    public void startMoved(Vma area) {
        int at = leafOf(area.endVa() - 1);
        Leaf leaf = leaves[at];
        leaf.put(slot(leaf, area.endVa() - 1), area);
        firstVa[at] = leaf.starts[0];
        gapsChanged(at);
    }

    private void add(Vma area) {
        if (leafCount == 0) {
            leaves[0] = new Leaf();
            leafCount = 1;
            leavesMoved(0);
        }
        int at = leafOf(area.startVa());
        Leaf leaf = leaves[at];
        if (leaf.size == LEAF) {
            split(at);
            at = leafOf(area.startVa());
            leaf = leaves[at];
        }
        int i = slot(leaf, area.startVa());
        leaf.move(i, i + 1, leaf.size - i);
        leaf.put(i, area);
        leaf.size++;
        size++;
        firstVa[at] = leaf.starts[0];
        gapsChanged(at);
    }

    private void remove(Vma area) {
        int at = leafOf(area.startVa());
        Leaf leaf = leaves[at];
        int i = slot(leaf, area.startVa());
        assert leaf.areas[i] == area : area + " is not in the tree";
        leaf.move(i + 1, i, leaf.size - i - 1);
        leaf.size--;
        size--;
        if (leaf.size > 0) {
            firstVa[at] = leaf.starts[0];
            gapsChanged(at);
            return;
        }
        System.arraycopy(leaves, at + 1, leaves, at, leafCount - at - 1);
        System.arraycopy(firstVa, at + 1, firstVa, at, leafCount - at - 1);
        System.arraycopy(gapOfLeaf, at + 1, gapOfLeaf, at, leafCount - at - 1);
        leafCount--;
        leavesMoved(at);
        gapsChanged(at);
    }

    private void split(int at) {
        if (leafCount == leaves.length) {
            leaves = Arrays.copyOf(leaves, leafCount * 2);
            firstVa = Arrays.copyOf(firstVa, leafCount * 2);
            gapOfLeaf = Arrays.copyOf(gapOfLeaf, leafCount * 2);
            gapOfGroup = new long[leafCount * 2 / GROUP + 1];
            leavesMoved(0);
        }
        System.arraycopy(leaves, at + 1, leaves, at + 2, leafCount - at - 1);
        System.arraycopy(firstVa, at + 1, firstVa, at + 2, leafCount - at - 1);
        System.arraycopy(gapOfLeaf, at + 1, gapOfLeaf, at + 2, leafCount - at - 1);
        Leaf low = leaves[at];
        Leaf high = new Leaf();
        high.size = LEAF / 2;
        low.size = LEAF - high.size;
        Leaf.copy(low, low.size, high, 0, high.size);
        leaves[at + 1] = high;
        firstVa[at + 1] = high.starts[0];
        leafCount++;
        leavesMoved(at);
        gapsChanged(at);
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
            if (leaf.ends[middle] > va) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
