package dev.mitosis.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.mm.KernelSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two-dimensional walks of known shape read exactly what one counts by hand. */
class NestedTimingTest {
    private static final MachineProfile PROFILE = MachineProfile.load("4s-cascade-lake");
    private static final long VA = TestVm.VA;

    static List<Arguments> shapes() {
        List<Arguments> shapes = new ArrayList<>();
        for (int guestLevels = 4; guestLevels <= 5; guestLevels++) {
            for (int hostLevels = 4; hostLevels <= 5; hostLevels++) {
                for (int guestLeaf = 1; guestLeaf <= 2; guestLeaf++) {
                    for (int hostLeaf = 1; hostLeaf <= 2; hostLeaf++) {
                        shapes.add(Arguments.of(guestLevels, hostLevels, guestLeaf, hostLeaf));
                    }
                }
            }
        }
        return shapes;
    }

    private static long guestReads(Pmu pmu) {
        long sum = 0;
        for (int level = 1; level < Pmu.LEVELS; level++) {
            for (int source = 0; source < pmu.sources(); source++) {
                sum += pmu.walkReads(level, source);
            }
        }
        return sum;
    }

    private static long eptReads(Pmu pmu) {
        long sum = 0;
        for (int level = 1; level < Pmu.LEVELS; level++) {
            for (int source = 0; source < pmu.sources(); source++) {
                sum += pmu.eptReads(level, source);
            }
        }
        return sum;
    }

    private static TestVm machine(
            MachineProfile profile, int guestLevels, int hostLevels, int guestLeaf, int hostLeaf) {
        KernelSettings settings = KernelSettings.DEFAULT.withLevels(guestLevels).withThp(guestLeaf == 2);
        TestVm machine = new TestVm(profile, hostLeaf == 2, hostLevels, settings, 16 << 20);
        machine.guest.populate(machine.task, VA, 8 << 20, true);
        machine.vm.populate(machine.task, VA, 8 << 20);
        return machine;
    }

    /** g(h + 1) + h: 24 for four levels both ways, 35 for five. */
    @ParameterizedTest
    @MethodSource("shapes")
    void aColdWalkReadsBothTreesWhole(int guestLevels, int hostLevels, int guestLeaf, int hostLeaf) {
        TestVm machine = machine(PROFILE.withoutWalkCaches(), guestLevels, hostLevels, guestLeaf, hostLeaf);
        // The access whose walk sets the A bits of the extended table is not the one that is counted.
        machine.access(VA, true);
        machine.vm.cpuOf(0).invalidateEpt();
        Pmu before = machine.vm.cpuOf(0).pmu().copy();
        machine.access(VA, true);
        Pmu seen = machine.vm.cpuOf(0).pmu().since(before);
        NestedWalk shape = new NestedWalk(guestLevels, hostLevels, guestLeaf, hostLeaf);
        assertEquals(0, seen.eptViolations);
        assertEquals(shape.guestReferences(), guestReads(seen), "guest entries");
        assertEquals(shape.hostReferences(), eptReads(seen), "extended entries");
    }

    @Test
    void fourLevelsBothWaysAreTwentyFourAndFiveAreThirtyFive() {
        assertEquals(24, NestedWalk.ofBasePages(4, 4).references());
        assertEquals(35, NestedWalk.ofBasePages(5, 5).references());
    }

    @Test
    void walkCachesLeaveTheGuestLeafAndTheExtendedLeafOfTheData() {
        TestVm machine = machine(PROFILE, 4, 4, 1, 1);
        machine.access(VA, true);
        Pmu before = machine.vm.cpuOf(0).pmu().copy();
        machine.access(VA + 4096, true);
        Pmu seen = machine.vm.cpuOf(0).pmu().since(before);
        // The guest's walk cache knows the leaf table and where it is; the extended one knows the data's leaf table.
        assertEquals(1, guestReads(seen));
        assertEquals(1, eptReads(seen));
    }

    @Test
    void theSmallerPageDecidesTheTranslation() {
        TestVm small = machine(PROFILE, 4, 4, 2, 1);
        small.access(VA, true);
        long walks = small.vm.cpuOf(0).pmu().walks;
        small.access(VA + 4096, true);
        assertEquals(walks + 1, small.vm.cpuOf(0).pmu().walks, "a guest's huge page over base pages");
        TestVm huge = machine(PROFILE, 4, 4, 2, 2);
        huge.access(VA, true);
        walks = huge.vm.cpuOf(0).pmu().walks;
        huge.access(VA + 4096, true);
        assertEquals(walks, huge.vm.cpuOf(0).pmu().walks, "huge both ways");
    }

    @Test
    void aRemoteTreeCostsItsRemoteReads() {
        TestVm machine = new TestVm(PROFILE, false, 4, KernelSettings.DEFAULT, 16 << 20);
        machine.vm.ept().setTableNode(1);
        machine.task.mm().setTableNode(2);
        machine.guest.populate(machine.task, VA, 1 << 20, true);
        machine.vm.populate(machine.task, VA, 1 << 20);
        machine.access(VA, true);
        machine.board.emptyCaches();
        Pmu before = machine.vm.cpuOf(0).pmu().copy();
        machine.access(VA + 9 * 4096, true);
        Pmu seen = machine.vm.cpuOf(0).pmu().since(before);
        assertEquals(1, seen.walkReads(1, Pmu.MEMORY + 2));
        assertEquals(1, seen.eptReads(1, Pmu.MEMORY + 1));
        CostModel costs = new CostModel(PROFILE, 0);
        assertEquals(PROFILE.walkStartCycles() + 2 * PROFILE.memoryRemoteCycles(), costs.walkCycles(0, seen), 1e-9);
        assertEquals(PROFILE.memoryRemoteCycles(), costs.eptCycles(0, seen), 1e-9);
    }

    @Test
    void theHypervisorMapsWhereTheVcpuTouches() {
        TestVm machine = new TestVm(PROFILE, false, 4, KernelSettings.DEFAULT, 16 << 20);
        machine.access(VA, true);
        // Its page fault, and the violations of its data page; those of its tables came when the kernel wrote them.
        assertEquals(1, machine.vm.cpuOf(0).pmu().faults);
        assertEquals(0, machine.vm.cpuOf(0).pmu().unexplained);
        long frame = machine.vm.hostFrame(machine.task.mm(), VA);
        assertEquals(frame, machine.vm.cpuOf(0).cachedFrame(VA));
        assertEquals(0, dev.mitosis.hal.Frames.nodeOf(frame));
    }
}
