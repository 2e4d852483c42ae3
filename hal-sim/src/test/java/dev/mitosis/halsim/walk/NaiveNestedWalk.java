package dev.mitosis.halsim.walk;

import dev.mitosis.hal.Frames;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a two-dimensional walk reads, worked out step by step with caches that are lists of what was used last. */
final class NaiveNestedWalk {
    private final TwoTrees trees;
    private final WalkList guestCaches;
    private final WalkList hostCaches;
    private final boolean hasNestedTlb;
    private final Set<Long> nested = new HashSet<>();

    NaiveNestedWalk(
            TwoTrees trees,
            MachineProfile profile,
            boolean hasGuestCaches,
            boolean hasHostCaches,
            boolean hasNestedTlb) {
        this.trees = trees;
        this.guestCaches = new WalkList(profile, hasGuestCaches);
        this.hostCaches = new WalkList(profile, hasHostCaches);
        this.hasNestedTlb = hasNestedTlb;
    }

    /** Walk caches: for each level the parts of addresses whose table below is known, least recently used first. */
    private static final class WalkList {
        private final MachineProfile profile;
        private final boolean isThere;
        private final List<Set<Long>> known = new ArrayList<>();

        WalkList(MachineProfile profile, boolean isThere) {
            this.profile = profile;
            this.isThere = isThere;
            for (int level = 0; level <= PagingLevel.MAX_LEVELS; level++) {
                known.add(new LinkedHashSet<>());
            }
        }

        /** The level that a walk begins at, when its upper levels may be known. */
        int start(long address, int leaf, int levels) {
            for (int level = leaf + 1; level <= levels; level++) {
                Set<Long> of = known.get(level);
                long prefix = address >>> PagingLevel.shift(level);
                if (of.remove(prefix)) {
                    of.add(prefix);
                    return level - 1;
                }
            }
            return levels;
        }

        void learn(long address, int level) {
            Set<Long> of = known.get(level);
            if (isThere && of.size() == profile.walkCacheEntries(level)) {
                of.remove(of.iterator().next());
            }
            if (isThere) {
                of.add(address >>> PagingLevel.shift(level));
            }
        }
    }

    /** The reads of a store's walk: {@code g3} for an entry of the guest's level 3, {@code e1} for an extended leaf. */
    List<String> walk(long va) {
        List<String> reads = new ArrayList<>();
        int start = guestCaches.start(va, trees.guestLeaf(), trees.guestLevels());
        for (int level = start; level >= trees.guestLeaf(); level--) {
            boolean isLocated = level == start && start < trees.guestLevels();
            if (!isLocated) {
                locate(trees.guestTable(va, level), reads);
                if (level < trees.guestLevels()) {
                    guestCaches.learn(va, level + 1);
                }
            }
            reads.add("g" + level);
        }
        long inPage = va >>> Frames.PAGE_SHIFT & (1L << 9 * (trees.guestLeaf() - 1)) - 1;
        locate(Pte.pfn(trees.guestEntry(va, trees.guestLeaf())) + inPage, reads);
        return reads;
    }

    /** The host dimension: where a guest frame is. */
    private void locate(long guestFrame, List<String> reads) {
        long page = guestFrame >>> 9 * (trees.hostLeaf() - 1);
        if (nested.contains(page)) {
            return;
        }
        long gpa = guestFrame << Frames.PAGE_SHIFT;
        for (int level = hostCaches.start(gpa, trees.hostLeaf(), trees.hostLevels());
                level >= trees.hostLeaf();
                level--) {
            reads.add("e" + level);
            if (level > trees.hostLeaf()) {
                hostCaches.learn(gpa, level);
            }
        }
        if (hasNestedTlb) {
            nested.add(page);
        }
    }
}
