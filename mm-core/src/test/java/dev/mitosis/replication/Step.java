package dev.mitosis.replication;

import dev.mitosis.mm.vma.Mempolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * One step of a random script: what is done, and numbers that choose to what.
 *
 * <p>The numbers mean something at any size: each use takes them modulo what there is, so that shrinking keeps scripts valid.
 */
record Step(Kind kind, int process, int place, int length, int choice) {
    enum Kind {
        MMAP,
        MMAP_SHARED,
        MMAP_FILE,
        MUNMAP,
        MPROTECT,
        READ,
        WRITE,
        READ_AGAIN,
        WRITE_AGAIN,
        DONTNEED,
        FREE,
        COLD,
        PAGEOUT,
        COLLAPSE_ADVICE,
        HUGEPAGE_ADVICE,
        FORK_ADVICE,
        MERGEABLE,
        MLOCK,
        MUNLOCK,
        MREMAP,
        MREMAP_DONTUNMAP,
        POPULATE,
        TRUNCATE,
        SWITCH,
        CLONE,
        FORK,
        EXEC,
        EXIT,
        SET_MEMPOLICY,
        MBIND,
        MOVE_PAGES,
        MIGRATE_PAGES,
        NUMA_SCAN,
        NUMA_SCAN_AND_READ_AGAIN,
        KHUGEPAGED,
        KSM_SCAN,
        RECLAIM,
        REPLICATE,
        REPLICATE_NEW,
        COLLAPSE,
        MOVE_TREE,
        STEER,
        SETTLE_TABLES,
        INHERIT,
        RESERVE,
        MIGRATE_DATA;

        /** Says whether it changes which nodes have copies of a tree that is there. */
        boolean changesShape() {
            return this == REPLICATE || this == COLLAPSE || this == MOVE_TREE;
        }

        /** All kinds, those that others need to have something to work on more often. */
        static final List<Kind> WEIGHTED = weighted();

        private static List<Kind> weighted() {
            List<Kind> kinds = new ArrayList<>(List.of(values()));
            kinds.addAll(Collections.nCopies(8, MMAP));
            kinds.addAll(Collections.nCopies(2, MMAP_SHARED));
            kinds.addAll(Collections.nCopies(3, MMAP_FILE));
            kinds.addAll(Collections.nCopies(6, READ));
            kinds.addAll(Collections.nCopies(12, WRITE));
            kinds.addAll(Collections.nCopies(3, WRITE_AGAIN));
            kinds.addAll(Collections.nCopies(3, READ_AGAIN));
            kinds.addAll(Collections.nCopies(4, POPULATE));
            kinds.addAll(Collections.nCopies(2, FORK));
            kinds.addAll(Collections.nCopies(3, MERGEABLE));
            kinds.addAll(Collections.nCopies(4, NUMA_SCAN_AND_READ_AGAIN));
            kinds.addAll(Collections.nCopies(2, KSM_SCAN));
            kinds.addAll(Collections.nCopies(3, SETTLE_TABLES));
            kinds.addAll(Collections.nCopies(2, FREE));
            kinds.addAll(Collections.nCopies(2, RECLAIM));
            return List.copyOf(kinds);
        }
    }

    /** A memory policy over the nodes of a mask. */
    Mempolicy policy(long mask) {
        return switch (choice % 4) {
            case 0 -> Mempolicy.LOCAL;
            case 1 -> Mempolicy.interleave(mask);
            case 2 -> new Mempolicy(Mempolicy.Kind.PREFERRED_MANY, mask);
            default -> Mempolicy.preferred(Long.numberOfTrailingZeros(mask));
        };
    }

    /** Slots of memory, few of them often, so that steps meet. */
    static final List<Integer> PLACES = List.of(
            0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 8, 9, 10, 16, 18, 20, 22, 24, 25, 32, 32, 32, 32, 32, 32, 32, 33, 34, 36, 36);

    static final List<Integer> LENGTHS = List.of(0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7);

    /** A script from a generator of its own, for runs without jqwik. */
    static List<Step> script(Random random, int steps) {
        List<Step> script = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            script.add(new Step(
                    Kind.WEIGHTED.get(random.nextInt(Kind.WEIGHTED.size())),
                    random.nextInt(3),
                    PLACES.get(random.nextInt(PLACES.size())),
                    LENGTHS.get(random.nextInt(LENGTHS.size())),
                    random.nextInt(12)));
        }
        return script;
    }
}
