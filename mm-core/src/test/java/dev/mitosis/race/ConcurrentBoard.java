package dev.mitosis.race;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.testing.TestBoard;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A machine whose processors are driven by threads at the same time.
 *
 * <p>A processor walks tables without any lock of the kernel, sets A and D by atomic operations, and caches what it finds. One
 * translation with its load or store is an instruction: an interrupt that makes the processor forget comes between two of them,
 * never within. That is all that a walker and a flush have in common.
 */
final class ConcurrentBoard extends TestBoard {
    static final long SIGNAL = -1;
    /** No entry and no frame of data: not present. */
    private static final long FORBIDDEN = 2;

    private static final int TLB_ENTRIES = 256;
    private static final long POISON = 0x6b6b_6b6b_6b6b_6b6aL;

    private final Cpu[] cpus;
    private @Nullable TrapHandler kernel;

    /** One processor. Its fields belong to whoever has set {@link #busy}. */
    private static final class Cpu {
        final AtomicBoolean busy = new AtomicBoolean();
        final long[] pages = new long[TLB_ENTRIES];
        final long[] entries = new long[TLB_ENTRIES];
        final int[] pcids = new int[TLB_ENTRIES];
        long root = NO_ROOT;
        int levels;
        int pcid;

        void begin() {
            while (!busy.compareAndSet(false, true)) {
                Thread.onSpinWait();
            }
        }

        void end() {
            busy.set(false);
        }
    }

    ConcurrentBoard(int nodes, int cpusPerNode, long framesPerNode) {
        super(Topology.uniform(nodes, cpusPerNode, framesPerNode), new ArrayMemory(nodes, true));
        cpus = new Cpu[topology.cpus()];
        for (int cpu = 0; cpu < cpus.length; cpu++) {
            cpus[cpu] = new Cpu();
        }
    }

    /**
     * Makes an access; {@code withFrame} runs as the load or store itself.
     *
     * @return the frame, or {@link #SIGNAL}
     */
    long access(int number, long va, boolean isWrite, LongConsumer withFrame) {
        Cpu cpu = cpus[number];
        for (int attempt = 0; attempt < 1000; attempt++) {
            int errorCode;
            cpu.begin();
            try {
                long leaf = translate(cpu, va, isWrite);
                if (leaf > FORBIDDEN) {
                    withFrame.accept(leaf);
                    return leaf;
                }
                errorCode = (isWrite ? TrapHandler.WRITE : 0) | (leaf == 0 ? 0 : TrapHandler.PRESENT);
            } finally {
                cpu.end();
            }
            if (kernel == null || !kernel.pageFault(number, va, errorCode)) {
                return SIGNAL;
            }
        }
        throw new IllegalStateException("the access to " + Long.toHexString(va) + " faults for ever");
    }

    /** The frame, 0 when nothing is mapped, {@link #FORBIDDEN} when it may not be written. */
    private long translate(Cpu cpu, long va, boolean isWrite) {
        int slot = (int) (va >>> Frames.PAGE_SHIFT) & (TLB_ENTRIES - 1);
        long cached = cpu.entries[slot];
        if (cached != 0
                && cpu.pages[slot] == va >>> Frames.PAGE_SHIFT
                && cpu.pcids[slot] == cpu.pcid
                && (!isWrite || (cached & (Pte.WRITE | Pte.DIRTY)) == (Pte.WRITE | Pte.DIRTY))) {
            return Pte.pfn(cached);
        }
        cpu.entries[slot] = 0;
        long found = walk(cpu, va, isWrite);
        if (Pte.isPresent(found)) {
            cpu.pages[slot] = va >>> Frames.PAGE_SHIFT;
            cpu.pcids[slot] = cpu.pcid;
            cpu.entries[slot] = found;
            return Pte.pfn(found);
        }
        return found;
    }

    private long walk(Cpu cpu, long va, boolean isWrite) {
        long table = cpu.root;
        for (int level = cpu.levels; ; level--) {
            int index = PagingLevel.index(va, level);
            long entry = memory.read(table, index);
            if (entry == POISON) {
                throw new AssertionError("a walk has reached a table of level " + level + " that was freed");
            }
            if (!Pte.isPresent(entry)) {
                return 0;
            }
            if (Pte.isTable(entry, level)) {
                table = Pte.pfn(entry);
                continue;
            }
            if (isWrite && (entry & Pte.WRITE) == 0) {
                return FORBIDDEN;
            }
            long bits = isWrite ? Pte.ACCESSED_DIRTY : Pte.ACCESSED;
            // The walker's own locked update: only of the entry that it has read.
            if ((entry & bits) != bits && !memory.compareAndSet(table, index, entry, entry | bits)) {
                level++;
                continue;
            }
            long offset = va >>> Frames.PAGE_SHIFT & ((1L << PagingLevel.INDEX_BITS * (level - 1)) - 1);
            return Pte.withPfn(entry | bits, Pte.pfn(entry) + offset);
        }
    }

    @Override
    public void install(TrapHandler handler) {
        kernel = handler;
    }

    @Override
    public void loadRoot(int number, long root, int levels, int pcid, boolean flush) {
        Cpu cpu = cpus[number];
        cpu.begin();
        try {
            cpu.root = root;
            cpu.levels = levels;
            cpu.pcid = pcid;
            if (flush) {
                forget(cpu, pcid, 0, Long.MAX_VALUE);
            }
        } finally {
            cpu.end();
        }
    }

    @Override
    public void invalidateRange(int number, int pcid, long startVa, long endVa) {
        Cpu cpu = cpus[number];
        cpu.begin();
        try {
            forget(cpu, pcid, startVa >>> Frames.PAGE_SHIFT, endVa >>> Frames.PAGE_SHIFT);
        } finally {
            cpu.end();
        }
    }

    @Override
    public void invalidateAll(int number, int pcid) {
        invalidateRange(number, pcid, 0, Long.MAX_VALUE);
    }

    private static void forget(Cpu cpu, int pcid, long firstPage, long endPage) {
        for (int slot = 0; slot < TLB_ENTRIES; slot++) {
            if (cpu.pcids[slot] == pcid && cpu.pages[slot] >= firstPage && cpu.pages[slot] < endPage) {
                cpu.entries[slot] = 0;
            }
        }
    }
}
