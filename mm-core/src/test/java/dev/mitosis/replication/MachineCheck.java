package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.NaiveMemory.Page;
import dev.mitosis.replication.ScriptMachine.Running;
import dev.mitosis.replication.mechanism.ReplicaAllocFailure;
import dev.mitosis.replication.mechanism.ReplicaAudit;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.mechanism.TreePlacement;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What must hold after every step of a script.
 *
 * <p>The invariants, by the numbers that verifiers of page-table replication have given them:
 *
 * <ul>
 *   <li>I1 a table's copies form a ring; I2 no node is twice in it; I6 copies are equal but for A and D; I7 no copy has what the
 *       table of the kernel has not; I8 a child of a table is in the ring of its own; I10 no copy where there is no table:
 *       {@link ReplicaAudit}.
 *   <li>I3 a table that was given back cannot be reached; I4 what is reached belongs to a ring of the tree; I11 with copies on
 *       all nodes, a processor reaches tables of its own node only: {@link #reach}.
 *   <li>I5 flushes go to every processor that can reach a leaf: {@link #flushes}. I9, the owner holds everything: the kernel descends
 *       from the home of a lazy tree and finds all pages there; of other trees the home is any member. {@link ReplicaAudit} finds one.
 *   <li>I12 what a processor has set of A and D is never lost: D of every page that was stored to, {@link #pages}.
 * </ul>
 */
final class MachineCheck {
    private static final int SAMPLE = 29;

    private final ScriptMachine machine;
    private final @Nullable ReplicatedPageTableOps replicated;
    private final @Nullable ReplicaAudit audit;
    private long steps;

    MachineCheck(ScriptMachine machine, @Nullable ReplicatedPageTableOps replicated) {
        this.machine = machine;
        this.replicated = replicated;
        this.audit = replicated == null ? null : new ReplicaAudit(machine.board.memory(), replicated);
    }

    /** The frame of a page within a leaf, whatever the leaf's size; the size follows from the alignment of the frame. */
    static long frameAt(long entry, long va) {
        boolean isHuge = (entry & Pte.HUGE) != 0;
        return Pte.pfn(entry) + (isHuge ? va >>> 12 & 511 : 0);
    }

    void run() {
        steps++;
        Map<Long, Integer> mappings = new HashMap<>();
        Map<Running, Map<Long, Long>> leaves = new HashMap<>();
        for (Running process : machine.processes) {
            MmStruct mm = process.tasks().get(0).mm();
            if (audit != null) {
                assertEquals(List.of(), audit.violations(mm.pageTable()));
            }
            userRoot(mm);
            Map<Long, Long> ofProcess = leaves(mm);
            leaves.put(process, ofProcess);
            ofProcess.values().forEach(entry -> count(mappings, entry));
            reach(mm);
        }
        leaves.forEach((process, ofProcess) -> {
            pages(process, ofProcess, mappings);
            counts(process.tasks().get(0).mm(), ofProcess);
        });
        for (int cpu = 0; cpu < machine.board.topology().cpus(); cpu++) {
            flushes(cpu);
            checkTlb(cpu);
        }
    }

    void nothingIsLeft() {
        for (int node = 0; node < machine.setting.nodes(); node++) {
            assertEquals(
                    machine.setting.framesPerNode(),
                    machine.frames.freeFrames(node),
                    "free frames of node " + node + " after all have exited");
        }
        assertEquals(0, machine.kernel.context().swap().usedSlots(), "swap slots after all have exited");
        assertEquals(0, machine.kernel.context().overcommit().committedPages(), "committed pages after exit");
    }

    // ---- the tables themselves ----

    /** All entries that are neither empty nor tables, by the first page that they decide about. */
    private Map<Long, Long> leaves(MmStruct mm) {
        Map<Long, Long> leaves = new TreeMap<>();
        long[] tables = new long[mm.pageTable().levels() + 1];
        collect(mm.pageTable().root(), mm.pageTable().levels(), 0, leaves, tables);
        for (int level = 1; level < tables.length; level++) {
            assertEquals(tables[level], mm.tables(level), "tables of level " + level + " of " + mm);
        }
        return leaves;
    }

    private void collect(long table, int level, long va, Map<Long, Long> leaves, long[] tables) {
        tables[level]++;
        for (int i = 0; i < PagingLevel.ENTRIES; i++) {
            long entry = machine.waist.peek(table, i);
            long at = va + i * PagingLevel.spanBytes(level);
            if (Pte.isTable(entry, level)) {
                collect(Pte.pfn(entry), level - 1, at, leaves, tables);
            } else if (entry != Pte.NONE) {
                leaves.put(at >>> 12, entry);
            }
        }
    }

    /** With isolation the root of user mode leads where the kernel's does. */
    private void userRoot(MmStruct mm) {
        PageTable user = mm.userTable();
        if (user == null) {
            return;
        }
        if (replicated != null && replicated.placement(user).kind() == TreePlacement.Kind.LAZY) {
            // Each has what was missed in it; the homes have everything.
            compareRoots(mm.pageTable().root(), user.root(), "the homes");
            return;
        }
        for (int node = 0; node < machine.setting.nodes(); node++) {
            long ofUser = machine.waist.rootFor(user, node);
            long ofKernel = machine.waist.rootFor(mm.pageTable(), node);
            compareRoots(ofKernel, ofUser, "node " + node);
        }
    }

    private void compareRoots(long ofKernel, long ofUser, String where) {
        for (int i = 0; i < PagingLevel.ENTRIES; i++) {
            assertEquals(
                    meaning(machine.board.memory().read(ofKernel, i)),
                    meaning(machine.board.memory().read(ofUser, i)),
                    "entry " + i + " of the root that user mode runs on, " + where);
        }
    }

    /** A pointer without what hardware set, as the home of the ring that it leads to. */
    private long meaning(long entry) {
        long plain = entry & ~Pte.ACCESSED_DIRTY;
        return plain == 0 || replicated == null
                ? plain
                : Pte.withPfn(plain, replicated.rings().home(Pte.pfn(plain)));
    }

    private static void count(Map<Long, Integer> mappings, long entry) {
        if (Pte.isMapped(entry) && !Pte.isSpecial(entry)) {
            mappings.merge(Pte.pfn(entry), 1, Integer::sum);
        }
    }

    /** From the root of each node only tables of the tree's rings are reached, and of full copies only the node's own. */
    private void reach(MmStruct mm) {
        PageTable tree = mm.pageTable();
        Set<Long> members = new HashSet<>();
        addMembers(tree.root(), tree.levels(), members);
        for (int node = 0; node < machine.setting.nodes(); node++) {
            long root = machine.waist.rootFor(tree, node);
            boolean isFull = replicated != null
                    && replicated.fullNode() != ReplicaAllocFailure.DEGRADE
                    && replicated.placement(tree).kind() != TreePlacement.Kind.LAZY
                    && replicated.placement(tree).nodeMask()
                            == machine.board.topology().allNodes()
                    && replicated.placement(tree).steering().isEmpty();
            descend(root, tree.levels(), members, isFull ? node : -1);
        }
    }

    private void addMembers(long table, int level, Set<Long> members) {
        long member = table;
        do {
            members.add(member);
            member = replicated == null ? table : replicated.rings().next(member);
        } while (member != table);
        for (int i = 0; level > 1 && i < PagingLevel.ENTRIES; i++) {
            long entry = machine.waist.peek(table, i);
            if (Pte.isTable(entry, level)) {
                addMembers(Pte.pfn(entry), level - 1, members);
            }
        }
    }

    private void descend(long table, int level, Set<Long> members, int node) {
        assertTrue(
                members.contains(table), "table " + Long.toHexString(table) + " is reached, and no table of the tree");
        if (node >= 0) {
            assertEquals(node, Frames.nodeOf(table), "the node of a table that is reached from a full copy's root");
        }
        for (int i = 0; level > 1 && i < PagingLevel.ENTRIES; i++) {
            long entry = machine.board.memory().read(table, i);
            if (Pte.isTable(entry, level)) {
                descend(Pte.pfn(entry), level - 1, members, node);
            }
        }
    }

    private void counts(MmStruct mm, Map<Long, Long> leaves) {
        long resident = 0;
        for (long entry : leaves.values()) {
            if (Pte.isMapped(entry) && !Pte.isSpecial(entry)) {
                resident += (entry & Pte.HUGE) != 0 ? 512 : 1;
            }
        }
        assertEquals(resident, mm.residentFrames(), "resident frames of " + mm);
    }

    // ---- pages ----

    private void pages(Running process, Map<Long, Long> leaves, Map<Long, Integer> mappings) {
        MmStruct mm = process.tasks().get(0).mm();
        leaves.forEach((page, entry) -> {
            Page state = process.memory().pages.get(page);
            assertNotNull(state, "page " + Long.toHexString(page) + " has an entry and is not mapped");
            if (state != null && Pte.isMapped(entry)) {
                rights(state, page, entry, mappings.getOrDefault(Pte.pfn(entry), 0));
            }
        });
        process.memory().pages.forEach((page, state) -> {
            if (state.isOwn || state.object != null || page % SAMPLE == steps % SAMPLE) {
                contents(mm, page, state);
            }
        });
    }

    private static void rights(Page state, long page, long entry, int mappings) {
        String name = "page " + Long.toHexString(page);
        if (Pte.isPresent(entry)) {
            assertNotEquals(0, state.prot & 7, name + " is present against its protection");
        }
        if ((entry & Pte.WRITE) != 0) {
            assertNotEquals(0, state.prot & 2, name + " may be written against its protection");
            assertTrue(!Pte.isSpecial(entry), name + " is the zero page and may be written");
            assertTrue(!state.isPrivate || mappings == 1, name + " may be written, and others map its frame");
        }
    }

    private void contents(MmStruct mm, long page, Page state) {
        long va = page << 12;
        long entry = machine.kernel.entryAt(mm, va);
        String name = "page " + Long.toHexString(page);
        if (Pte.isSwap(entry)) {
            long found = machine.contents.ofSlot(Pte.swapSlot(entry));
            assertTrue(state.mayContain(found), name + " in swap contains " + found + ", not " + state.expected());
        } else if (Pte.isMapped(entry)) {
            long found = machine.contents.get(frameAt(entry, va));
            assertTrue(state.mayContain(found), name + " contains " + found + ", not " + state.expected());
            assertTrue(
                    !state.isPrivate || !state.isDirty || (entry & Pte.DIRTY) != 0,
                    name + " was stored to, and D is lost");
        } else {
            assertEquals(Pte.NONE, entry, name + " has an entry of no kind");
            assertTrue(!state.isOwn || state.isLazy || state.value == 0, name + " has lost " + state.value);
        }
    }

    // ---- processors ----

    /** Every processor that has a root of an address space loaded is among those that its flushes go to. */
    private void flushes(int number) {
        Task task = machine.kernel.current(number);
        long root = machine.board.root(number);
        if (task == null) {
            assertTrue(
                    root == Frames.NO_FRAME || (machine.setting.tlb().lazy() && isInUse(root, number)),
                    "the root of idle cpu " + number);
            return;
        }
        assertTrue(task.mm().cpus().get(number), "cpu " + number + " runs " + task.mm() + " and is not flushed");
        assertEquals(
                machine.waist.rootFor(
                        loadedTable(task.mm()), machine.board.topology().nodeOfCpu(number)),
                root,
                "the root of cpu " + number);
    }

    /** Says whether a root belongs to an address space that lives, and whose flushes reach the processor. */
    private boolean isInUse(long root, int number) {
        int node = machine.board.topology().nodeOfCpu(number);
        return machine.processes.stream()
                .map(process -> process.tasks().get(0).mm())
                .anyMatch(mm -> machine.waist.rootFor(loadedTable(mm), node) == root
                        && mm.cpus().get(number));
    }

    private static PageTable loadedTable(MmStruct mm) {
        PageTable user = mm.userTable();
        return user == null ? mm.pageTable() : user;
    }

    /** What a processor may use now must be what the tables say now. */
    private void checkTlb(int number) {
        Task task = machine.kernel.current(number);
        if (task == null) {
            return;
        }
        machine.board.translations(number).forEach((page, cached) -> {
            long entry = machine.kernel.translate(task.mm(), page << 12);
            assertTrue(Pte.isPresent(entry), "cpu " + number + " still translates page " + Long.toHexString(page));
            assertEquals(
                    frameAt(entry, page << 12),
                    Pte.pfn(cached),
                    "cpu " + number + " has an old frame of page " + Long.toHexString(page));
            assertTrue(
                    (cached & Pte.WRITE) == 0 || (entry & Pte.WRITE) != 0,
                    "cpu " + number + " may still write page " + Long.toHexString(page));
        });
    }
}
