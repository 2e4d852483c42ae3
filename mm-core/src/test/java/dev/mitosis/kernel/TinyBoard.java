package dev.mitosis.kernel;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.fault.FaultOutcome;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.testing.TestBoard;
import dev.mitosis.x86.NativePageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.List;

/** A board with processors that have no TLB: each access walks, and faults go to the kernel until it can be made. */
final class TinyBoard extends TestBoard {
    final FrameAllocator frames;
    final Kernel kernel;
    final List<String> invalidations = new ArrayList<>();
    private final long[] roots;
    private FaultOutcome lastOutcome = FaultOutcome.HANDLED;

    TinyBoard(int nodes, long framesPerNode, KernelSettings settings) {
        super(Topology.uniform(nodes, 2, framesPerNode), new ArrayMemory(nodes, false));
        frames = new FrameAllocator(topology, memory);
        roots = new long[topology.cpus()];
        kernel = new Kernel(
                this, frames, new NativePageTableOps(memory, frames, meter()), PageTableEvents.NONE, settings);
    }

    TinyBoard() {
        this(2, 1 << 16, KernelSettings.DEFAULT);
    }

    /** Makes an access; returns the frame that answered, or -1 when the program would have been sent a signal. */
    long access(int cpu, long va, boolean isWrite) {
        for (int attempt = 0; attempt < 3; attempt++) {
            long table = roots[cpu];
            int level = 4;
            int errorCode = isWrite ? TrapHandler.WRITE : 0;
            while (true) {
                int index = PagingLevel.index(va, level);
                long entry = memory.read(table, index);
                if (!Pte.isPresent(entry)) {
                    break;
                }
                if (Pte.isTable(entry, level)) {
                    table = Pte.pfn(entry);
                    level--;
                    continue;
                }
                if (isWrite && (entry & Pte.WRITE) == 0) {
                    errorCode |= TrapHandler.PRESENT;
                    break;
                }
                memory.getAndOr(table, index, isWrite ? Pte.ACCESSED_DIRTY : Pte.ACCESSED);
                long offset = (va >>> 12) & ((1L << (9 * (level - 1))) - 1);
                return Pte.pfn(entry) + offset;
            }
            lastOutcome = kernel.fault(cpu, va, errorCode);
            if (lastOutcome != FaultOutcome.HANDLED) {
                return -1;
            }
        }
        throw new IllegalStateException("access to " + Long.toHexString(va) + " faults for ever");
    }

    int nodeOfAccess(int cpu, long va) {
        return Frames.nodeOf(access(cpu, va, true));
    }

    /** What came of the last fault. */
    FaultOutcome lastOutcome() {
        return lastOutcome;
    }

    boolean isAllFree() {
        for (int node = 0; node < topology.nodes(); node++) {
            if (frames.freeFrames(node) != topology.framesOfNode(node)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void install(TrapHandler kernelHandler) {
        // Faults go to the kernel by name, so that the signal is known.
    }

    @Override
    public void loadRoot(int cpu, long root, int levels, int pcid, boolean flush) {
        roots[cpu] = root;
    }

    @Override
    public void invalidateRange(int cpu, int pcid, long startVa, long endVa) {
        invalidations.add("cpu " + cpu + " pages " + ((endVa - startVa) >>> 12));
    }

    @Override
    public void invalidateAll(int cpu, int pcid) {
        invalidations.add("cpu " + cpu + " all");
    }
}
