package dev.mitosis.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.x86.Pte;
import org.junit.jupiter.api.Test;

/** Walks under shadow tables are those of a machine without a guest; changes of the guest's tables trap. */
class ShadowTablesTest {
    private static final MachineProfile PROFILE = MachineProfile.load("4s-cascade-lake");
    private static final long BYTES = 1 << 20;

    private final TestVm machine = new TestVm(PROFILE, false, 4, KernelSettings.DEFAULT.withThp(false), BYTES, true);
    private final Cpu cpu = machine.vm.cpuOf(0);
    private final ShadowTables shadow = machine.vm.shadow().orElseThrow();

    private long reads(Pmu seen, int level) {
        long reads = 0;
        for (int source = 0; source < seen.sources(); source++) {
            reads += seen.walkReads(level, source);
        }
        return reads;
    }

    @Test
    void aWalkReadsFourEntriesAndNoExtendedOnes() {
        machine.access(TestVm.VA, true);
        cpu.invalidateEpt();
        cpu.invalidateAll(machine.task.mm().pageTable().id());
        Pmu before = cpu.pmu().copy();
        machine.access(TestVm.VA, false);
        Pmu seen = cpu.pmu().since(before);
        assertEquals(1, seen.walks);
        assertEquals(0, seen.faults);
        long all = 0;
        for (int level = 1; level <= 4; level++) {
            all += reads(seen, level);
            for (int source = 0; source < seen.sources(); source++) {
                assertEquals(0, seen.eptReads(level, source));
            }
        }
        assertTrue(all >= 1 && all <= 4, all + " reads");
    }

    @Test
    void theFirstStoreSetsDirtyInTheGuest() {
        machine.access(TestVm.VA, true);
        machine.guest.mprotect(machine.task, TestVm.VA, BYTES, Abi.PROT_READ);
        machine.guest.mprotect(machine.task, TestVm.VA, BYTES, Abi.PROT_READ | Abi.PROT_WRITE);
        long syncs = shadow.syncs();
        machine.access(TestVm.VA, false);
        assertEquals(syncs + 1, shadow.syncs(), "the entry had gone with the guest's store");
        machine.access(TestVm.VA, true);
        long entry = machine.guest.translate(machine.task.mm(), TestVm.VA);
        assertTrue((entry & Pte.DIRTY) != 0);
        assertEquals(0, cpu.pmu().unexplained);
    }

    @Test
    void whatIsPopulatedFaultsNoMore() {
        machine.guest.populate(machine.task, TestVm.VA, BYTES, true);
        machine.vm.populate(machine.task, TestVm.VA, BYTES);
        assertEquals(BYTES / 4096, shadow.syncs());
        long faults = cpu.pmu().faults;
        for (long va = TestVm.VA; va < TestVm.VA + BYTES; va += 4096) {
            machine.access(va, true);
        }
        assertEquals(faults, cpu.pmu().faults);
        assertEquals(BYTES / 4096, shadow.syncs());
        assertEquals(0, cpu.pmu().unexplained);
    }

    @Test
    void aHugePageOfBothIsPopulatedByOneEntry() {
        long bytes = 4L << 20;
        TestVm huge = new TestVm(PROFILE, true, 4, KernelSettings.DEFAULT.withThp(true), bytes, true);
        huge.guest.populate(huge.task, TestVm.VA, bytes, true);
        huge.vm.populate(huge.task, TestVm.VA, bytes);
        assertEquals(2, huge.vm.shadow().orElseThrow().syncs());
    }

    @Test
    void everyStoreToATableTraps() {
        for (long va = TestVm.VA; va < TestVm.VA + BYTES; va += 4096) {
            machine.access(va, true);
        }
        long traps = shadow.traps();
        long cycles = cpu.pmu().kernelCycles;
        machine.guest.munmap(machine.task, TestVm.VA, BYTES);
        assertTrue(shadow.traps() - traps >= BYTES / 4096, "one for each page at least");
        assertTrue(cpu.pmu().kernelCycles - cycles >= 4000 * BYTES / 4096);
    }

    @Test
    void copiesAreOfTheNodeThatWalksThem() {
        shadow.replicate(15);
        machine.guest.clone(machine.task, 2 * PROFILE.coresPerSocket());
        int vcpu = 2 * PROFILE.coresPerSocket();
        for (int page = 0; page < 200; page++) {
            machine.access(TestVm.VA + page * 4096L, true);
        }
        Cpu other = machine.vm.cpuOf(vcpu);
        machine.board.emptyCaches();
        for (int page = 0; page < 200; page++) {
            machine.access(vcpu, TestVm.VA + page * 4096L, false);
        }
        assertEquals(0, other.pmu().faults, "the copy has what the first vCPU's faults made");
        assertTrue(other.pmu().walkReads(1, Pmu.MEMORY + 2) > 0);
        for (int node : new int[] {0, 1, 3}) {
            assertEquals(0, other.pmu().walkReads(1, Pmu.MEMORY + node), "read from node " + node);
        }
    }
}
