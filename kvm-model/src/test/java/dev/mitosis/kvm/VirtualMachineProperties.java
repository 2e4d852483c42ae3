package dev.mitosis.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.x86.Ept;
import dev.mitosis.x86.Pte;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Whatever happens to either tree, what a vCPU's TLB answers is the composition of both: no stale translation, in guests whose tables
 * are copied and moved, on hosts that copy and move the extended table, move pages, and move vCPUs.
 */
class VirtualMachineProperties {
    private static final MachineProfile PROFILE = MachineProfile.load("4s-cascade-lake");
    private static final int PAGES = 1500;
    private static final int STEPS = 250;
    private static final int VCPUS = 3;
    /** Processors of each node that only one of the vCPUs moves to. */
    private static final int OWN = 7;

    @Property(tries = 25)
    void theTlbIsTheCompositionOfBothTrees(@ForAll long seed) {
        check(seed, false);
    }

    /** The same where the hypervisor keeps shadow tables. */
    @Property(tries = 25)
    void soItIsUnderShadowTables(@ForAll long seed) {
        check(seed, true);
    }

    private static void check(long seed, boolean isShadowed) {
        Random random = new Random(seed);
        boolean hasGuestThp = random.nextBoolean();
        TestVm machine = new TestVm(
                PROFILE,
                random.nextBoolean(),
                4 + random.nextInt(2),
                KernelSettings.DEFAULT.withThp(hasGuestThp),
                (long) PAGES << 12,
                isShadowed);
        int perNode = PROFILE.coresPerSocket();
        for (int vcpu = 1; vcpu < VCPUS; vcpu++) {
            machine.guest.clone(machine.task, vcpu * perNode);
        }
        int spare = 1;
        int checked = 0;
        for (int step = 0; step < STEPS; step++) {
            int vcpu = random.nextInt(VCPUS) * perNode;
            long va = TestVm.VA + ((long) random.nextInt(PAGES) << 12);
            switch (random.nextInt(13)) {
                case 0 -> machine.guest.munmap(machine.task, va & -(1 << 16), 1 << 16);
                case 1 -> machine.guest.mmap(machine.task, va & -(1 << 16), 1 << 16, TestVm.RW, TestVm.ANON);
                case 2 -> machine.vm.replicator().replicate(machine.task.mm(), 1 + random.nextInt(15));
                case 3 -> machine.vm.replicator().move(machine.task.mm(), random.nextInt(4));
                case 4 -> {
                    int mask = 1 + random.nextInt(15);
                    machine.vm.shadow().ifPresentOrElse(shadow -> shadow.replicate(mask), () -> machine.vm
                            .ept()
                            .replicate(mask));
                }
                case 5 -> machine.vm.ept().move(random.nextInt(4));
                case 12 -> machine.vm.ept().migrateMisplaced();
                case 6 ->
                    machine.vm.moveVcpu(vcpu, random.nextInt(4) * perNode + 1 + vcpu / perNode * OWN + spare++ % OWN);
                case 7 -> {
                    long entry = machine.guest.translate(machine.task.mm(), va);
                    boolean isBacked = entry != Pte.NONE && machine.vm.ept().hostFrame(Pte.pfn(entry)) >= 0;
                    if (isBacked) {
                        machine.vm.moveHostPage(Pte.pfn(entry), random.nextInt(4));
                    }
                }
                default -> {
                    for (int i = 0; i < 20; i++) {
                        long at = TestVm.VA + ((long) random.nextInt(PAGES) << 12);
                        boolean isStore = random.nextInt(3) == 0;
                        machine.access(vcpu, at, isStore);
                        if (!isShadowed) {
                            checkMarks(machine, at, isStore);
                        }
                    }
                }
            }
            checked += check(machine, perNode, "step " + step);
        }
        assertTrue(checked > STEPS, "the TLBs were asked for " + checked + " translations");
    }

    /** What hardware has set in the copy that it walked is there for whoever asks, whatever became of the copy. */
    private static void checkMarks(TestVm machine, long va, boolean isStore) {
        long guest = machine.guest.translate(machine.task.mm(), va);
        if (guest == Pte.NONE) {
            return;
        }
        long inPage = (guest & Pte.HUGE) == 0 ? 0 : va >>> 12 & 511;
        long entry = machine.vm.ept().entry(Pte.pfn(guest) + inPage);
        assertEquals(Ept.ACCESSED, entry & Ept.ACCESSED, "A of the extended leaf");
        if (isStore) {
            assertEquals(Pte.DIRTY, guest & Pte.DIRTY, "D of the guest's leaf");
            assertEquals(Ept.DIRTY, entry & Ept.DIRTY, "D of the extended leaf");
        }
    }

    private static int check(TestVm machine, int perNode, String when) {
        int known = 0;
        for (int i = 0; i < VCPUS; i++) {
            Cpu cpu = machine.vm.cpuOf(i * perNode);
            for (int page = 0; page < PAGES; page++) {
                long va = TestVm.VA + ((long) page << 12);
                long cached = cpu.cachedFrame(va);
                if (cached >= 0) {
                    known++;
                    long composed = machine.vm.hostFrame(machine.task.mm(), va);
                    assertEquals(composed, cached, when + ", vCPU " + i + ", page " + page);
                }
            }
        }
        return known;
    }

    @Property(tries = 10)
    void copiesOfTheExtendedTableAreOfTheNodeThatUsesThem(@ForAll long seed) {
        Random random = new Random(seed);
        TestVm machine = new TestVm(PROFILE, false, 4, KernelSettings.DEFAULT, (long) PAGES << 12);
        machine.vm.ept().replicate(15);
        for (int i = 0; i < 100; i++) {
            machine.access(TestVm.VA + ((long) random.nextInt(PAGES) << 12), true);
        }
        for (int node = 0; node < 4; node++) {
            assertEquals(node, Frames.nodeOf(machine.vm.ept().rootFor(node)));
        }
        Cpu cpu = machine.vm.cpuOf(0);
        assertEquals(0, cpu.pmu().unexplained);
        for (int node = 1; node < 4; node++) {
            assertEquals(0, cpu.pmu().eptReads(1, dev.mitosis.halsim.cost.Pmu.MEMORY + node), "read from node " + node);
        }
    }

    /** A and D of extended entries outlive the copies that hardware set them in. */
    @Property(tries = 10)
    void marksOfCopiesThatGoAreKept(@ForAll long seed) {
        Random random = new Random(seed);
        TestVm machine = new TestVm(PROFILE, false, 4, KernelSettings.DEFAULT.withThp(false), (long) PAGES << 12);
        machine.guest.populate(machine.task, TestVm.VA, (long) PAGES << 12, true);
        machine.vm.populate(machine.task, TestVm.VA, (long) PAGES << 12);
        machine.vm.ept().replicate(15);
        for (int i = 0; i < 50; i++) {
            long va = TestVm.VA + ((long) random.nextInt(PAGES) << 12);
            machine.access(va, true);
            switch (random.nextInt(4)) {
                case 0 -> machine.vm.ept().collapse();
                case 1 -> machine.vm.ept().move(random.nextInt(4));
                case 2 -> machine.vm.ept().migrateMisplaced();
                default -> machine.vm.ept().replicate(1 + random.nextInt(15));
            }
            checkMarks(machine, va, true);
        }
    }
}
