package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.replication.ring.ReplicaRings;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.List;

/**
 * A sanity check of one tree and its replicas against every promise that this package makes.
 *
 * <p>It reads tables beneath the waist, so that it shares no code with what it checks but the rings' links.
 *
 * <p>Cost: reads every word of every replica; the machine must stand still.
 *
 * <p>Source: the promises are those of Mitosis' own verifier and of the audit counters of later kernels (ring closed, no node
 * twice, equal modulo A and D or absent in a lazy replica, pointers on their own node).
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
            check(tree.root(), tree.levels(), ops.placement(tree), violations);
            ChildCounts counts = ops.children();
            if (counts != null && ops.placement(tree).nodeMask() == 0 && violations.isEmpty()) {
                checkCounts(counts, tree.root(), tree.levels(), violations);
            }
        }
        return violations;
    }

    /** The tables of a tree, all replicas counted. */
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

    private void check(long table, int level, TreePlacement placement, List<String> violations) {
        if (violations.size() >= MAX_VIOLATIONS || !checkRing(table, level, placement, violations)) {
            return;
        }
        for (int i = 0; i < PhysicalMemory.WORDS && violations.size() < MAX_VIOLATIONS; i++) {
            long entry = memory.read(table, i);
            long replica = table;
            do {
                checkEntry(level, table, replica, i, entry, violations);
                replica = rings.next(replica);
            } while (replica != table);
            if (Pte.isTable(entry, level)) {
                check(Pte.pfn(entry), level - 1, placement, violations);
            }
        }
    }

    private boolean checkRing(long table, int level, TreePlacement placement, List<String> violations) {
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
        if (!isComplete(table, nodes, placement)) {
            violations.add(name(level, table) + ": replicas on nodes 0x" + Long.toHexString(nodes) + " of mask 0x"
                    + Long.toHexString(placement.nodeMask()));
        }
        return true;
    }

    /** Says whether a ring has the members that its placement asks for. */
    private boolean isComplete(long table, long nodes, TreePlacement placement) {
        long mask = placement.nodeMask();
        if (mask == 0) {
            return Long.bitCount(nodes) == 1;
        }
        if (placement.kind() == TreePlacement.Kind.LAZY) {
            // The home lies where its owner had room, and other nodes have what they need.
            return (nodes & ~mask & ~(1L << Frames.nodeOf(rings.home(table)))) == 0 && rings.isHome(table);
        }
        boolean mayLack = ops.fullNode() == ReplicaAllocFailure.DEGRADE;
        return (nodes & ~mask) == 0 && nodes != 0 && (nodes == mask || mayLack);
    }

    private void checkEntry(int level, long table, long replica, int index, long entry, List<String> violations) {
        long word = memory.read(replica, index);
        if (word == Pte.NONE && rings.isPartial(replica)) {
            return;
        }
        if (!Pte.isTable(entry, level)) {
            if (((word ^ entry) & ~Pte.ACCESSED_DIRTY) != 0) {
                violations.add(name(level, replica) + " entry " + index + " is " + Long.toHexString(word) + ", but "
                        + Long.toHexString(entry) + " in " + name(level, table));
            }
            return;
        }
        long child = Pte.pfn(entry);
        long expected = ops.childOf(replica, child);
        if (expected == Frames.NO_FRAME) {
            // The node lacked a frame for the child, and walks the home's.
            expected = rings.home(child);
        }
        if (!Pte.isTable(word, level) || Pte.pfn(word) != expected) {
            violations.add(name(level, replica) + " entry " + index + " is " + Long.toHexString(word)
                    + ", but should point to " + name(level - 1, expected));
        } else if (((word ^ entry) & ~Pte.FRAME_MASK & ~Pte.ACCESSED_DIRTY) != 0) {
            violations.add(name(level, replica) + " entry " + index + " has flags of " + Long.toHexString(word)
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
