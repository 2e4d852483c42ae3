package dev.mitosis.halsim.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.halsim.SmallMachine;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.mm.KernelSettings;
import org.junit.jupiter.api.Test;

class FlushReceiversTest {
    private static final MachineProfile PROFILE = MachineProfile.load("4s-haswell-ex");

    /** Cycles that processor 1 spends in the kernel while processor 0 unmaps a page of their address space. */
    private static long cyclesOfReceiver(boolean bills) {
        SmallMachine machine = new SmallMachine(PROFILE, KernelSettings.DEFAULT, 16);
        if (bills) {
            machine.board.billReceivers();
        }
        machine.kernel.clone(machine.task, 1);
        machine.kernel.populate(machine.task, SmallMachine.VA, 16 << 12, true);
        Pmu pmu = machine.board.cpu(1).pmu();
        long before = pmu.kernelCycles;
        machine.kernel.munmap(machine.task, SmallMachine.VA, 1 << 12);
        return pmu.kernelCycles - before;
    }

    @Test
    void aReceiverPaysForItsFlushOnlyWhenTheBoardBillsReceivers() {
        assertEquals(0, cyclesOfReceiver(false));
        assertEquals(PROFILE.kernel().flushCycles(), cyclesOfReceiver(true));
    }
}
