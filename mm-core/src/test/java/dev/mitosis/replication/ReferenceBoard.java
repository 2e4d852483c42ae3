package dev.mitosis.replication;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.testing.TestBoard;
import dev.mitosis.testing.TestMemory;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A board whose processors never forget a translation by themselves: their TLBs have no limit, so that a flush that is missing
 * shows.
 *
 * <p>They also keep every table that a walk went through, until they are told that tables go. They walk the tree whose root they loaded, set A and D there, and honour PCIDs.
 */
final class ReferenceBoard extends TestBoard implements ScriptBoard {
    static final int CPUS_PER_NODE = 2;
    private static final long FORBIDDEN = -1;

    private final Cpu[] cpus;
    private final boolean flushes;
    private boolean lastWalked;
    private @Nullable TrapHandler kernel;

    /** One processor: its root, and what it has cached, by PCID and page. */
    static final class Cpu {
        long root = NO_ROOT;
        int levels;
        int pcid;
        final Map<Integer, Map<Long, Long>> tlb = new HashMap<>();
        /** The tables that walks have gone through, by PCID and by level and address. */
        final Map<Integer, Map<Long, Long>> walks = new HashMap<>();

        Map<Long, Long> tlb(int ofPcid) {
            return tlb.computeIfAbsent(ofPcid, fresh -> new HashMap<>());
        }

        Map<Long, Long> walks(int ofPcid) {
            return walks.computeIfAbsent(ofPcid, fresh -> new HashMap<>());
        }
    }

    /** A board; one that does not flush ignores invalidations: a fault to be found. */
    ReferenceBoard(int nodes, long framesPerNode, boolean flushes) {
        super(Topology.uniform(nodes, CPUS_PER_NODE, framesPerNode), TestMemory.of(nodes));
        this.cpus = new Cpu[topology.cpus()];
        this.flushes = flushes;
        for (int cpu = 0; cpu < cpus.length; cpu++) {
            cpus[cpu] = new Cpu();
        }
    }

    @Override
    public boolean lastWalked() {
        return lastWalked;
    }

    @Override
    public long root(int cpu) {
        return cpus[cpu].root;
    }

    @Override
    public Map<Long, Long> translations(int cpu) {
        return cpus[cpu].tlb(cpus[cpu].pcid);
    }

    Cpu cpu(int number) {
        return cpus[number];
    }

    @Override
    public long access(int number, long va, boolean isWrite) {
        Cpu cpu = cpus[number];
        for (int attempt = 0; attempt < 4; attempt++) {
            Long cached = cpu.tlb(cpu.pcid).get(va >>> 12);
            if (cached != null && (!isWrite || (cached & (Pte.WRITE | Pte.DIRTY)) == (Pte.WRITE | Pte.DIRTY))) {
                lastWalked = attempt > 0;
                return Pte.pfn(cached);
            }
            int errorCode = isWrite ? TrapHandler.WRITE : 0;
            if (cached != null && isWrite && (cached & Pte.WRITE) == 0) {
                errorCode |= TrapHandler.PRESENT;
            } else {
                long walked = walk(cpu, va, isWrite);
                if (walked != 0 && walked != FORBIDDEN) {
                    lastWalked = true;
                    cpu.tlb(cpu.pcid).put(va >>> 12, walked);
                    return Pte.pfn(walked);
                }
                errorCode |= walked == FORBIDDEN ? TrapHandler.PRESENT : 0;
            }
            // A fault makes the processor forget the address, and the way there.
            cpu.tlb(cpu.pcid).remove(va >>> 12);
            for (int level = 1; level < cpu.levels; level++) {
                cpu.walks(cpu.pcid).remove(walkKey(level, va));
            }
            if (kernel == null || !kernel.pageFault(number, va, errorCode)) {
                return SIGNAL;
            }
        }
        throw new IllegalStateException("the access to " + Long.toHexString(va) + " faults for ever");
    }

    /** The leaf with A and D set, 0 when there is none, {@link #FORBIDDEN} when it forbids the store. */
    private long walk(Cpu cpu, long va, boolean isWrite) {
        long table = cpu.root;
        int level = cpu.levels;
        for (int known = 1; known < cpu.levels; known++) {
            Long cached = cpu.walks(cpu.pcid).get(walkKey(known, va));
            if (cached != null) {
                table = cached;
                level = known;
                break;
            }
        }
        for (; ; level--) {
            int index = PagingLevel.index(va, level);
            long entry = memory.read(table, index);
            if (!Pte.isPresent(entry)) {
                return 0;
            }
            if (Pte.isTable(entry, level)) {
                memory.getAndOr(table, index, Pte.ACCESSED);
                table = Pte.pfn(entry);
                cpu.walks(cpu.pcid).put(walkKey(level - 1, va), table);
                continue;
            }
            if (isWrite && (entry & Pte.WRITE) == 0) {
                return FORBIDDEN;
            }
            memory.getAndOr(table, index, isWrite ? Pte.ACCESSED_DIRTY : Pte.ACCESSED);
            entry = memory.read(table, index);
            long offset = va >>> Frames.PAGE_SHIFT & ((1L << PagingLevel.INDEX_BITS * (level - 1)) - 1);
            return Pte.withPfn(entry, Pte.pfn(entry) + offset);
        }
    }

    /** The table of a level that an address leads to: what a paging-structure cache is asked for. */
    private static long walkKey(int level, long va) {
        return va >>> PagingLevel.shift(level + 1) << 3 | level;
    }

    @Override
    public void install(TrapHandler handler) {
        kernel = handler;
    }

    @Override
    public void loadRoot(int cpu, long root, int levels, int pcid, boolean flush) {
        cpus[cpu].root = root;
        cpus[cpu].levels = levels;
        cpus[cpu].pcid = pcid;
        if (flush) {
            cpus[cpu].tlb(pcid).clear();
            cpus[cpu].walks(pcid).clear();
        }
    }

    @Override
    public void invalidateRange(int cpu, int pcid, long startVa, long endVa) {
        if (flushes) {
            cpus[cpu].tlb(pcid).keySet().removeIf(page -> page >= startVa >>> 12 && page << 12 < endVa);
            // INVLPG empties the paging-structure caches of the PCID, whatever the address.
            cpus[cpu].walks(pcid).clear();
        }
    }

    @Override
    public void invalidateAll(int cpu, int pcid) {
        if (flushes) {
            cpus[cpu].tlb(pcid).clear();
            cpus[cpu].walks(pcid).clear();
        }
    }
}
