package dev.mitosis.halsim;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.x86.NativePageTableOps;

/** A simulated server with a kernel without copies, and one task that has some memory. */
public final class SmallMachine {
    public static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    public static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED;
    public static final long VA = 1L << 34;

    public final SimBoard board;
    final FrameAllocator frames;
    public final Kernel kernel;
    public final Task task;

    public SmallMachine(MachineProfile profile, KernelSettings settings, long pages) {
        board = new SimBoard(profile, 1);
        frames = new FrameAllocator(board.topology(), board.memory());
        kernel = new Kernel(
                board,
                frames,
                new NativePageTableOps(board.memory(), frames, board.meter()),
                PageTableEvents.NONE,
                settings);
        task = kernel.spawn(0);
        kernel.mmap(task, VA, pages << 12, RW, ANON);
    }

    public Cpu cpu() {
        return board.cpu(0);
    }

    /** Touches pages, and lets the caches forget what the kernel brought there. */
    public void populateCold(long va, long lengthBytes, boolean isWrite) {
        kernel.populate(task, va, lengthBytes, isWrite);
        board.emptyCaches();
    }

    /** One access, as a batch of its own. */
    public void access(long va, boolean isStore) {
        AccessBatch batch = new AccessBatch(1);
        batch.add(va, isStore);
        cpu().run(batch);
    }
}
