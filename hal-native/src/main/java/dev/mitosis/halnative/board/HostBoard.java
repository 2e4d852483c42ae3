package dev.mitosis.halnative.board;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * This host as a board. Its processors translate in software: they walk from the root that they were told to load, and remember nothing, so
 * that there is nothing to forget. Whoever measures runs on the host's processor of the same place.
 *
 * <p>Cost: the kernel's work is not metered; it can be timed.
 *
 * <p>Source: Intel SDM vol. 3A chapter 4 (paging).
 */
public final class HostBoard implements Board, Processors, AutoCloseable {
    /** What an access comes to when the kernel would send a signal. */
    public static final long SIGNAL = -1;

    private static final int CHUNK_SHIFT = 10;
    private static final int MOST_FAULTS = 8;

    private final Topology topology;
    private final NodeMemory memory;
    private final long[] roots;
    private final int[] levels;
    private @Nullable TrapHandler kernel;

    /** Boots nothing yet. Nodes without processors are there for page tables, too. */
    public HostBoard(HostTopology host, LinuxCalls calls) {
        this(host.topology(), new NodeMemory(calls, BoundMemory.nodesOf(host), CHUNK_SHIFT));
    }

    /** A board of any shape with this memory, as tests want it. */
    public HostBoard(Topology topology, NodeMemory memory) {
        this.topology = topology;
        this.memory = memory;
        roots = new long[topology.cpus()];
        levels = new int[topology.cpus()];
        Arrays.fill(roots, NO_ROOT);
    }

    @Override
    public Topology topology() {
        return topology;
    }

    @Override
    public NodeMemory memory() {
        return memory;
    }

    @Override
    public Processors processors() {
        return this;
    }

    @Override
    public KernelMeter meter() {
        return KernelMeter.NONE;
    }

    @Override
    public void install(TrapHandler handler) {
        if (kernel != null) {
            throw new IllegalStateException("a kernel has booted here");
        }
        kernel = handler;
    }

    @Override
    public void loadRoot(int cpu, long root, int levelsOfRoot, int pcid, boolean flush) {
        roots[cpu] = root;
        levels[cpu] = levelsOfRoot;
    }

    @Override
    public void invalidateRange(int cpu, int pcid, long startVa, long endVa) {
        // Nothing is remembered.
    }

    @Override
    public void invalidateAll(int cpu, int pcid) {
        // Nothing is remembered.
    }

    /**
     * An access as a processor makes it: a walk that sets A and D, and page faults on the way.
     *
     * @return the frame, or {@link #SIGNAL}
     */
    public long access(int cpu, long va, boolean isWrite) {
        for (int fault = 0; fault < MOST_FAULTS; fault++) {
            long entry = walk(cpu, va, isWrite);
            if (entry != Pte.NONE) {
                boolean isHuge = (entry & Pte.HUGE) != 0;
                return Pte.pfn(entry) + (isHuge ? va >>> Frames.PAGE_SHIFT & PagingLevel.ENTRIES - 1 : 0);
            }
            TrapHandler handler = kernel;
            if (handler == null) {
                throw new IllegalStateException("a page fault before a kernel was booted");
            }
            int error = (isWrite ? TrapHandler.WRITE : 0) | (isMapped(cpu, va) ? TrapHandler.PRESENT : 0);
            if (!handler.pageFault(cpu, va, error)) {
                return SIGNAL;
            }
        }
        throw new IllegalStateException("the kernel mends nothing at " + Long.toHexString(va));
    }

    /** The leaf entry that a processor finds, A and D set in what it passes; {@link Pte#NONE} where it faults. */
    public long walk(int cpu, long va, boolean isWrite) {
        long table = roots[cpu];
        for (int level = levels[cpu]; table != NO_ROOT; level--) {
            int index = PagingLevel.index(va, level);
            long entry = memory.read(table, index);
            if (!Pte.isPresent(entry) || isWrite && (entry & Pte.WRITE) == 0) {
                return Pte.NONE;
            }
            boolean isTable = Pte.isTable(entry, level);
            long bits = Pte.ACCESSED | (isWrite && !isTable ? Pte.DIRTY : 0);
            if ((entry & bits) != bits) {
                entry = memory.getAndOr(table, index, bits) | bits;
            }
            if (!isTable) {
                return entry;
            }
            table = Pte.pfn(entry);
        }
        return Pte.NONE;
    }

    private boolean isMapped(int cpu, long va) {
        return walk(cpu, va, false) != Pte.NONE;
    }

    @Override
    public void close() {
        memory.close();
    }
}
