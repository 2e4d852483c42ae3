package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.replication.ring.ReplicaRings;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.List;

/**
 * A sanity check of one tree and its copies against every promise that this package makes.
 *
 * <p>It reads tables beneath the waist, so that it shares no code with what it checks but the rings' links.
 *
 * <p>Cost: reads every word of every copy; the machine must stand still.
 *
 * <p>Source: the promises are those of Mitosis' own verifier and of the audit counters of later kernels (ring closed, no node
 * twice, equal modulo A and D, pointers on their own node).
 */
public final class ReplicaAudit {
    private static final int MAX_VIOLATIONS = 20;

    private final PhysicalMemory memory;
    private final ReplicatedPageTableOps ops;
    private final ReplicaRings rings;

    public ReplicaAudit(PhysicalMemory memory, ReplicatedPageTableOps ops) {
        this.memory = memory;
        this.ops = ops;
        this.rings = ops.rings();
    }

    /** What is wrong with a tree, one line each; empty when nothing is. */
    public List<String> violations(PageTable tree) {
        List<String> violations = new ArrayList<>();
        if (tree.root() != Frames.NO_FRAME) {
            check(tree.root(), tree.levels(), ops.placement(tree).nodeMask(), violations);
            ChildCounts counts = ops.children();
            if (counts != null && ops.placement(tree).nodeMask() == 0 && violations.isEmpty()) {
                checkCounts(counts, tree.root(), tree.levels(), violations);
            }
        }
        return violations;
    }

    /** The tables of a tree, all copies counted. */
    public long countTables(PageTable tree) {
        return tree.root() == Frames.NO_FRAME ? 0 : countTables(tree.root(), tree.levels());
    }

    private long countTables(long table, int level) {
        long count = rings.size(table);
        for (int i = 0; level > 1 && i < PhysicalMemory.WORDS; i++) {
            long entry = memory.read(table, i);
            if (Pte.isTable(entry, level)) {
                count += countTables(Pte.pfn(entry), level - 1);
            }
        }
        return count;
    }

    private void check(long table, int level, long nodeMask, List<String> violations) {
        if (violations.size() >= MAX_VIOLATIONS || !checkRing(table, level, nodeMask, violations)) {
            return;
        }
        for (int i = 0; i < PhysicalMemory.WORDS && violations.size() < MAX_VIOLATIONS; i++) {
            long entry = memory.read(table, i);
            long copy = table;
            do {
                checkEntry(level, table, copy, i, entry, violations);
                copy = rings.next(copy);
            } while (copy != table);
            if (Pte.isTable(entry, level)) {
                check(Pte.pfn(entry), level - 1, nodeMask, violations);
            }
        }
    }

    private boolean checkRing(long table, int level, long nodeMask, List<String> violations) {
        long nodes = 0;
        int homes = 0;
        long member = table;
        do {
            long node = rings.isMaster(member) ? 0 : 1L << Frames.nodeOf(member);
            if ((nodes & node) != 0) {
                violations.add(name(level, table) + ": its ring visits node " + Frames.nodeOf(member) + " twice");
                return false;
            }
            nodes |= node;
            homes += rings.isHome(member) ? 1 : 0;
            member = rings.next(member);
        } while (member != table);
        if (homes != 1) {
            violations.add(name(level, table) + ": its ring has " + homes + " homes");
        }
        boolean mayLack = ops.fullNode() == ReplicaAllocFailure.DEGRADE;
        if (nodeMask == 0
                ? Long.bitCount(nodes) != 1
                : (nodes & ~nodeMask) != 0 || nodes == 0 || (nodes != nodeMask && !mayLack)) {
            violations.add(name(level, table) + ": copies on nodes 0x" + Long.toHexString(nodes) + " of mask 0x"
                    + Long.toHexString(nodeMask));
        }
        return true;
    }

    private void checkEntry(int level, long table, long copy, int index, long entry, List<String> violations) {
        long word = memory.read(copy, index);
        if (!Pte.isTable(entry, level)) {
            if (((word ^ entry) & ~Pte.ACCESSED_DIRTY) != 0) {
                violations.add(name(level, copy) + " entry " + index + " is " + Long.toHexString(word) + ", but "
                        + Long.toHexString(entry) + " in " + name(level, table));
            }
            return;
        }
        long child = Pte.pfn(entry);
        long expected = rings.isMaster(copy) ? rings.home(child) : ops.serving(Frames.nodeOf(copy), child);
        if (!Pte.isTable(word, level) || Pte.pfn(word) != expected) {
            violations.add(name(level, copy) + " entry " + index + " is " + Long.toHexString(word)
                    + ", but should point to " + name(level - 1, expected));
        } else if (((word ^ entry) & ~Pte.FRAME_MASK & ~Pte.ACCESSED_DIRTY) != 0) {
            violations.add(name(level, copy) + " entry " + index + " has flags of " + Long.toHexString(word)
                    + ", but those of " + Long.toHexString(entry) + " in " + name(level, table));
        }
    }

    /** The counts of children, and the ways up. */
    private void checkCounts(ChildCounts counts, long table, int level, List<String> violations) {
        int[] children = new int[counts.nodes()];
        for (int i = 0; i < PhysicalMemory.WORDS; i++) {
            long entry = memory.read(table, i);
            if (Pte.isTable(entry, level)) {
                long child = Pte.pfn(entry);
                if (counts.parent(child) != table || counts.indexInParent(child) != i) {
                    violations.add(name(level - 1, child) + " does not know that it is entry " + i + " of "
                            + name(level, table));
                }
                checkCounts(counts, child, level - 1, violations);
            }
            if (Pte.isTable(entry, level) || (Pte.isLeaf(entry, level) && !Pte.isSpecial(entry))) {
                children[Frames.nodeOf(Pte.pfn(entry))]++;
            }
        }
        for (int node = 0; node < children.length && violations.size() < MAX_VIOLATIONS; node++) {
            if (children[node] != counts.count(table, node)) {
                violations.add(name(level, table) + " has " + children[node] + " children on node " + node
                        + ", counted " + counts.count(table, node));
            }
        }
    }

    private static String name(int level, long table) {
        return "level-" + level + " table " + Long.toHexString(table) + " on node " + Frames.nodeOf(table);
    }
}
