package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.replication.mechanism.ChildCounts;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The steps that move pages and tables, and that let the kernel's daemons run: none of them may change what a program sees. */
final class PlacementSteps {
    private PlacementSteps() {}

    static void apply(ScriptMachine machine, Step step, Task task, Range range) {
        int node = Math.floorMod(step.length(), machine.setting.nodes());
        long mask = 1L
                + Math.floorMod(
                        step.length() * 4099 + step.choice() * 277, (1 << Math.min(machine.setting.nodes(), 16)) - 1);
        switch (step.kind()) {
            case SET_MEMPOLICY -> machine.kernel.setMempolicy(task, step.policy(mask));
            case MBIND ->
                ScriptMachine.tolerating(() -> machine.kernel.mbind(
                        task, range.va(), range.bytes(), step.policy(mask), step.choice() % 2 * 2));
            case MOVE_PAGES ->
                machine.kernel.movePages(
                        task, task.mm(), new long[] {range.va(), range.va() + 4096}, new int[] {node, node}, 2);
            case MIGRATE_PAGES -> machine.kernel.migratePages(task, task.mm(), mask, 1L << node);
            case NUMA_SCAN -> machine.kernel.daemons().numaScan(task, 1 + step.length() * 64L);
            case KHUGEPAGED -> machine.kernel.daemons().collapseHugePages(task);
            case KSM_SCAN -> machine.kernel.daemons().ksm().scan(task.cpu());
            case RECLAIM -> machine.kernel.daemons().reclaim(task.cpu(), node, 1 + step.choice() * 8L);
            case MIGRATE_DATA -> machine.kernel.migrateData(task.mm(), node);
            case SETTLE_TABLES -> settle(machine, task);
            default -> replicate(machine.replicator, step, task, node, mask);
        }
    }

    /** After a turn no table of a tree without copies stands where few of its children are. */
    private static void settle(ScriptMachine machine, Task task) {
        if (machine.migrator == null || machine.replicator == null) {
            return;
        }
        machine.migrator.migrateMisplaced(task.mm());
        ChildCounts counts = machine.replicator.ops().children();
        if (counts != null && machine.replicator.nodeMask(task.mm()) == 0 && !machine.hasFailedOnPurpose()) {
            PageTable tree = task.mm().pageTable();
            assertSettled(machine, counts, tree.root(), tree.levels());
        }
    }

    private static void assertSettled(ScriptMachine machine, ChildCounts counts, long table, int level) {
        assertEquals(-1, counts.betterNode(table), "the node where a level-" + level + " table should be");
        for (int i = 0; level > 1 && i < PagingLevel.ENTRIES; i++) {
            long entry = machine.board.memory().read(table, i);
            if (Pte.isTable(entry, level)) {
                assertSettled(machine, counts, Pte.pfn(entry), level - 1);
            }
        }
    }

    /** Without a replicator nothing happens. */
    private static void replicate(@Nullable Replicator replicator, Step step, Task task, int node, long mask) {
        if (replicator == null) {
            return;
        }
        PageTable tree = task.mm().pageTable();
        if (replicator.ops().placement(tree).keepsShape() && step.kind().changesShape()) {
            assertThrows(KernelException.class, () -> replicator.replicate(task.mm(), mask));
            return;
        }
        switch (step.kind()) {
            case REPLICATE -> replicator.replicate(task.mm(), mask);
            case REPLICATE_NEW -> replicator.replicateNew(step.choice() % 3 == 0 ? 0 : mask);
            case INHERIT -> replicator.setInherits(step.choice() % 2 == 0);
            case RESERVE -> {
                if (step.choice() % 3 == 0) {
                    replicator.drainReserves();
                } else {
                    replicator.reserve(node, step.choice());
                }
            }
            case COLLAPSE -> replicator.collapse(task.mm());
            case MOVE_TREE -> replicator.move(task.mm(), node);
            case STEER -> {
                if ((replicator.nodeMask(task.mm()) >>> node & 1) != 0) {
                    replicator.steer(task.mm(), List.of(node));
                }
            }
            default -> throw new IllegalArgumentException(step.toString());
        }
    }
}
