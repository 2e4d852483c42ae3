package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.replication.ring.ReplicaRings;
import dev.mitosis.x86.FrameSource;
import dev.mitosis.x86.NativePageTableOps;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.Pte;

/**
 * What is the same for every kind of replicas: reading an entry, changing its bits and taking it away, around a ring.
 *
 * <p>A member that lacks an entry has nothing to read, to change or to take away, so these operations hold for lazy rings too.
 *
 * <p>Cost: R native operations and R loads of links for R members, whatever the length of the range.
 *
 * <p>Concurrency: under the lock of the ring; hardware may set A and D meanwhile.
 */
final class RingOps {
    final Topology topology;
    final PhysicalMemory memory;
    final FrameSource frames;
    final KernelMeter meter;
    final NativePageTableOps single;
    final ReplicaRings rings;
    final ReplicationCounters counters;
    private volatile UpdateMode updates = UpdateMode.BATCHED;
    private volatile ReplicaAllocFailure fullNode = ReplicaAllocFailure.RECLAIM;

    RingOps(
            Topology topology,
            PhysicalMemory memory,
            FrameSource frames,
            KernelMeter meter,
            ReplicationCounters counters) {
        this.topology = topology;
        this.memory = memory;
        this.frames = frames;
        this.meter = meter;
        this.single = new NativePageTableOps(memory, frames, meter);
        this.rings = new ReplicaRings(topology.nodes());
        this.counters = counters;
    }

    void setUpdates(UpdateMode mode) {
        updates = mode;
    }

    void setFullNode(ReplicaAllocFailure whatToDo) {
        fullNode = whatToDo;
    }

    ReplicaAllocFailure fullNode() {
        return fullNode;
    }

    /** The ring's member that a node's processors use: their own, or the nearest where they have none. */
    long serving(int node, long table) {
        if (!rings.isLinked(table)) {
            return table;
        }
        long replica = rings.lookup(table, node);
        return replica != Frames.NO_FRAME
                ? replica
                : rings.lookup(table, topology.nearestNode(node, rings.nodeMask(table)));
    }

    /** The entry with what hardware has set in any member. */
    long get(int cpu, long table, int index) {
        long entry = Pte.NONE;
        int members = 0;
        long member = table;
        do {
            long word = memory.read(member, index);
            entry = member == table ? word : entry | word & ReplicatedPageTableOps.SET_BY_HARDWARE;
            meter.tableLoads(cpu, member, index, 1);
            members++;
            member = rings.next(member);
        } while (member != table);
        visited(cpu, ReplicationCounters.GETS, members, 1);
        return entry;
    }

    long getAndClear(int cpu, int level, long table, int index) {
        long entry = single.getAndClear(cpu, level, table, index);
        int members = 1;
        for (long member = rings.next(table); member != table; member = rings.next(member)) {
            entry |= single.getAndClear(cpu, level, member, index) & ReplicatedPageTableOps.SET_BY_HARDWARE;
            members++;
        }
        visited(cpu, ReplicationCounters.CLEARS, members, 1);
        return entry;
    }

    boolean testAndClearAccessed(int cpu, long table, int index) {
        boolean accessed = single.testAndClearAccessed(cpu, table, index);
        int members = 1;
        for (long member = rings.next(table); member != table; member = rings.next(member)) {
            accessed |= single.testAndClearAccessed(cpu, member, index);
            members++;
        }
        visited(cpu, ReplicationCounters.GETS, members, 1);
        return accessed;
    }

    /** See {@link PageTableOps#modifyLeaves}. */
    int modifyLeaves(int cpu, int level, long table, int first, int count, long clearBits, long setBits) {
        if (((clearBits | setBits) & Pte.ACCESSED_DIRTY) != 0 && rings.isLinked(table)) {
            return modifyAccessedDirty(cpu, level, table, first, count, clearBits, setBits);
        }
        boolean isEach = updates == UpdateMode.ENTRY_BY_ENTRY;
        // Members differ in A and D and in what they lack, so that the table of the kernel tells what changes.
        int changed = 0;
        int members = 0;
        long member = table;
        do {
            int changedHere = single.modifyLeaves(cpu, level, member, first, count, clearBits, setBits);
            changed = members == 0 ? changedHere : changed;
            if (isEach) {
                // ptep_modify_prot_start reads and exchanges each entry, ptep_modify_prot_commit stores it.
                meter.tableLoads(cpu, member, first, count);
                meter.tableStores(cpu, member, first, changed);
            }
            members++;
            member = rings.next(member);
        } while (member != table);
        visitedRange(cpu, ReplicationCounters.SETS, members, changed, 3);
        return changed;
    }

    /** Entry by entry: an entry counts as changed when any of its replicas did. */
    private int modifyAccessedDirty(
            int cpu, int level, long table, int first, int count, long clearBits, long setBits) {
        int changed = 0;
        for (int i = first; i < first + count; i++) {
            int changedMembers = 0;
            int members = 0;
            long member = table;
            do {
                changedMembers += single.modifyLeaves(cpu, level, member, i, 1, clearBits, setBits);
                members++;
                member = rings.next(member);
            } while (member != table);
            visited(cpu, ReplicationCounters.SETS, members, 1);
            changed += changedMembers == 0 ? 0 : 1;
        }
        return changed;
    }

    /** See {@link PageTableOps#getAndClearLeaves}: clears in the other members what was cleared in the given one. */
    void clearLeavesOfOthers(int cpu, long table, int first, int count, int cleared, long[] old, int from) {
        boolean isEach = updates == UpdateMode.ENTRY_BY_ENTRY;
        int members = 1;
        for (long member = rings.next(table); member != table; member = rings.next(member)) {
            for (int i = 0; i < count; i++) {
                // None in `old` was empty or a pointer to a table: both are so in every member.
                if (old[from + i] != Pte.NONE) {
                    old[from + i] |=
                            memory.getAndSet(member, first + i, Pte.NONE) & ReplicatedPageTableOps.SET_BY_HARDWARE;
                }
            }
            meter.tableExchanges(cpu, member, first, count, cleared);
            if (isEach) {
                meter.tableLoads(cpu, member, first, cleared);
            }
            members++;
        }
        visitedRange(cpu, ReplicationCounters.CLEARS, members, cleared, 2);
    }

    /** Frees the other members of a table's ring. */
    void freeOthers(int cpu, long table) {
        long member = rings.next(table);
        while (member != table) {
            long after = rings.next(member);
            meter.tableFreed(cpu, Frames.nodeOf(member));
            rings.forget(member);
            frames.returnTable(member);
            member = after;
        }
        rings.forget(table);
    }

    /** Counts an operation on entries of a ring: a link followed for each member. */
    void visited(int cpu, int operation, int members, int entries) {
        meter.ringHops(cpu, members);
        counters.add(cpu, operation, (long) members * entries);
    }

    /**
     * Counts an operation on a range of a ring.
     *
     * @param visits how often single operations would go around the ring for an entry
     */
    void visitedRange(int cpu, int operation, int members, int entries, int visits) {
        if (members > 1) {
            long hops = updates == UpdateMode.ENTRY_BY_ENTRY ? (long) members * entries * visits : members;
            meter.ringHops(cpu, hops);
            counters.add(cpu, operation, (long) members * entries);
        }
    }
}
