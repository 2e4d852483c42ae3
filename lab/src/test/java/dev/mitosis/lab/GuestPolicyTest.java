package dev.mitosis.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.kvm.EptManager;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.Migrate;
import dev.mitosis.replication.policy.Mitosis;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.VMitosis;
import dev.mitosis.x86.Pte;
import org.junit.jupiter.api.Test;

/** What policies do inside a guest of four nodes: they place the guest's own tables and the extended ones. */
class GuestPolicyTest {
    private static final MachineProfile PROFILE = MachineProfile.load("4s-cascade-lake");
    private static final long VA = 1L << 34;
    private static final int PAGES = 1024;
    private static final int TARGET = 1;

    private Machine machine = boot(new VMitosis());
    private Task task = machine.kernel().spawn(0);

    private static Machine boot(PlacementPolicy policy) {
        return Machine.inGuest(PROFILE, KernelSettings.DEFAULT.withThp(false), policy, 1);
    }

    private EptManager ept() {
        return machine.guest().orElseThrow().ept();
    }

    /** A program of vCPU 0 whose data is migrated to another node and touched there by vCPU 0: the new extended tables are on node 0. */
    private void runAndMigrateData(PlacementPolicy policy) {
        machine = boot(policy);
        task = machine.kernel().spawn(0);
        machine.kernel()
                .mmap(
                        task,
                        VA,
                        (long) PAGES << 12,
                        Abi.PROT_READ | Abi.PROT_WRITE,
                        Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED);
        touch();
        machine.kernel().migrateData(task.mm(), TARGET);
        touch();
    }

    private void touch() {
        AccessBatch batch = new AccessBatch(PAGES);
        for (int page = 0; page < PAGES; page++) {
            batch.add(VA + ((long) page << 12), true);
        }
        machine.board().cpu(0).run(batch);
    }

    private int nodeOfGuestRoot() {
        return Frames.nodeOf(task.mm().pageTable().root());
    }

    private int nodeOfExtendedLeafTable(int page) {
        long entry = machine.kernel().translate(task.mm(), VA + ((long) page << 12));
        assertEquals(TARGET, Frames.nodeOf(Pte.pfn(entry)), "the data has moved");
        return Frames.nodeOf(ept().leafTable(0, Pte.pfn(entry)));
    }

    @Test
    void vmitosisMovesTheTablesOfBothTrees() {
        runAndMigrateData(new VMitosis());
        assertEquals(TARGET, nodeOfGuestRoot());
        assertEquals(0, nodeOfExtendedLeafTable(7), "vCPU 0 touched it first");
        machine.kernel().daemons().numaScan(task, PAGES);
        assertEquals(TARGET, nodeOfExtendedLeafTable(7));
        assertEquals(TARGET, nodeOfExtendedLeafTable(PAGES - 1));
    }

    @Test
    void vmitosisMovesTablesToNoOtherNodesThanItsOwn() {
        runAndMigrateData(new VMitosis().onNodes(0b1101));
        machine.kernel().daemons().numaScan(task, PAGES);
        assertEquals(0, nodeOfGuestRoot());
        assertEquals(0, nodeOfExtendedLeafTable(7));
    }

    @Test
    void mitosisReplicatesBothTreesOnTheNodesOfItsMask() {
        runAndMigrateData(new Mitosis().onNodes(0b0101));
        assertEquals(0b0101, machine.replicator().nodeMask(task.mm()));
        assertTrue(ept().isReplicated());
        assertEquals(0, Frames.nodeOf(ept().rootFor(0)));
        assertEquals(2, Frames.nodeOf(ept().rootFor(2)));
        for (int node : new int[] {1, 3}) {
            int used = Frames.nodeOf(ept().rootFor(node));
            assertTrue(used == 0 || used == 2, "node " + node + " uses the nearest replica, not one of node " + used);
        }
    }

    @Test
    void mitosisReplicatesBothTreesEverywhereUnlessTold() {
        runAndMigrateData(new Mitosis());
        assertEquals(0b1111, machine.replicator().nodeMask(task.mm()));
        for (int node = 0; node < PROFILE.nodes(); node++) {
            assertEquals(node, Frames.nodeOf(ept().rootFor(node)));
        }
    }

    @Test
    void migrateMovesBothTreesToTheData() {
        runAndMigrateData(new Migrate());
        assertEquals(TARGET, nodeOfGuestRoot());
        assertEquals(TARGET, Frames.nodeOf(ept().rootFor(0)));
    }
}
