package dev.mitosis.kvm;

import dev.mitosis.hal.KernelMeter;
import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;

/** A guest on a simulated server, with one task that has some memory. */
final class TestVm {
    static final long VA = 1L << 34;
    static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED;

    final SimBoard board;
    final Kernel host;
    final VirtualMachine vm;
    final Kernel guest;
    final Task task;

    TestVm(MachineProfile profile, boolean hostThp, int eptLevels, KernelSettings settings, long bytes) {
        this(profile, hostThp, eptLevels, settings, bytes, false);
    }

    TestVm(
            MachineProfile profile,
            boolean hostThp,
            int eptLevels,
            KernelSettings settings,
            long bytes,
            boolean isShadowed) {
        board = new SimBoard(profile, 1);
        FrameAllocator frames = new FrameAllocator(board.topology(), board.memory());
        ReplicatedPageTableOps ops =
                new ReplicatedPageTableOps(board.topology(), board.memory(), frames, KernelMeter.NONE);
        host = new Kernel(board, frames, ops, PageTableEvents.NONE, KernelSettings.DEFAULT.withThp(hostThp));
        VmSettings machine = VmSettings.visible(board.topology(), settings).withEptLevels(eptLevels);
        vm = new VirtualMachine(board, host, ops, isShadowed ? machine.shadowed() : machine);
        guest = vm.kernel();
        task = guest.spawn(0);
        guest.mmap(task, VA, bytes, RW, ANON);
    }

    /** One access of vCPU 0, as a batch of its own. */
    void access(long va, boolean isStore) {
        access(0, va, isStore);
    }

    void access(int vcpu, long va, boolean isStore) {
        AccessBatch batch = new AccessBatch(1);
        batch.add(va, isStore);
        vm.cpuOf(vcpu).run(batch);
    }
}
