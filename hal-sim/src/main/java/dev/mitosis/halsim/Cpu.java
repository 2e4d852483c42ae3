package dev.mitosis.halsim;

import dev.mitosis.hal.Processors;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.halsim.cache.CoreCaches;
import dev.mitosis.halsim.cache.LastLevelCache;
import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.halsim.cache.PrivateCache;
import org.jspecify.annotations.Nullable;

/**
 * One simulated core: it runs batches of accesses through its TLBs, its page walker and its caches, and counts.
 *
 * <p>An access that cannot be translated goes to the kernel as a page fault and is tried again; one that the kernel gives up on
 * is counted as unexplained and skipped.
 *
 * <p>Cost: no allocation on the way of an access.
 */
public final class Cpu {
    private final int number;
    private final int node;
    private final Pmu pmu;
    private final SimBoard board;
    private final Tlbs tlbs;
    private final WalkCaches walkCaches;
    private final PhysicalLines lines;
    private @Nullable CoreCaches caches;
    private @Nullable PageWalker walker;
    private long root = Processors.NO_ROOT;
    private int levels;
    private int pcid;

    Cpu(int number, int node, SimBoard board, PhysicalLines lines) {
        this.number = number;
        this.node = node;
        this.board = board;
        this.lines = lines;
        this.pmu = new Pmu(board.topology().nodes());
        this.tlbs = new Tlbs(board.profile().tlb());
        this.walkCaches = new WalkCaches(board.profile());
    }

    public int number() {
        return number;
    }

    public int node() {
        return node;
    }

    public Pmu pmu() {
        return pmu;
    }

    /** Runs a batch of accesses of the task that the kernel has put on this processor. */
    public void run(AccessBatch batch) {
        CoreCaches core = caches();
        PageWalker walks = walker;
        if (walks == null) {
            walks = new PageWalker(board.arrayMemory(), core, walkCaches, lines, pmu);
            walker = walks;
        }
        long raw = 0;
        long touches = 0;
        long[] va = batch.va;
        int[] meta = batch.meta;
        long[] dataReads = pmu.dataReads;
        for (int i = 0; i < batch.size; i++) {
            int flags = meta[i];
            raw += flags >>> AccessBatch.COUNT_SHIFT;
            touches += (flags & AccessBatch.KERNEL) >>> 1;
            boolean isStore = (flags & AccessBatch.STORE) != 0;
            long word = tlbs.lookupFirst(va[i], pcid);
            if (word == 0 || (isStore && (word & Tlbs.DIRTY) == 0)) {
                word = translate(walks, va[i], isStore, word);
                if (word == 0) {
                    continue;
                }
            }
            long line = lines.frame(Tlbs.frame(word, va[i])) << PhysicalLines.PAGE_LINES_SHIFT
                    | (va[i] >>> PhysicalLines.LINE_SHIFT & 63);
            int where = core.access(line);
            dataReads[where == CoreCaches.MEMORY ? Pmu.MEMORY + lines.nodeOfLine(line) : where - CoreCaches.L1]++;
        }
        pmu.accesses += raw;
        pmu.entries += batch.size;
        pmu.instructions += batch.instructions;
        pmu.kernelTouches += touches;
    }

    /** The way of an access that the first-level TLB cannot answer; 0 when the kernel gives up on it. */
    private long translate(PageWalker walks, long va, boolean isStore, long first) {
        long word = first;
        if (word == 0) {
            pmu.l1TlbMisses++;
            word = tlbs.lookupSecond(va, pcid);
            if (word == 0) {
                pmu.stlbMisses++;
            }
        }
        while (true) {
            if (word != 0) {
                if (!isStore || (word & Tlbs.DIRTY) != 0) {
                    return word;
                }
                if ((word & Tlbs.WRITABLE) != 0) {
                    word = assist(walks, va);
                    if (word != 0) {
                        return word;
                    }
                } else if (!fault(va, TrapHandler.WRITE | TrapHandler.PRESENT)) {
                    return 0;
                }
            }
            walks.walk(va, root, levels, pcid, isStore);
            pmu.walks++;
            if (walks.leaf != 0) {
                word = Tlbs.word(walks.leaf, walks.level);
                tlbs.insert(va, pcid, word);
                return word;
            }
            word = 0;
            int errorCode = (walks.isProtection ? TrapHandler.PRESENT : 0) | (isStore ? TrapHandler.WRITE : 0);
            if (!fault(va, errorCode)) {
                return 0;
            }
        }
    }

    /** Sets D in the tree for a store through a clean translation; 0 when the tree says otherwise by now. */
    private long assist(PageWalker walks, long va) {
        pmu.dirtyAssists++;
        pmu.walks++;
        walks.walk(va, root, levels, pcid, true);
        tlbs.remove(va, pcid);
        if (walks.leaf == 0) {
            return 0;
        }
        long word = Tlbs.word(walks.leaf, walks.level);
        tlbs.insert(va, pcid, word);
        return word;
    }

    private boolean fault(long va, int errorCode) {
        pmu.faults++;
        // A fault makes the processor forget what it knew of the address (SDM vol. 3A §4.10.4.1).
        tlbs.remove(va, pcid);
        if (board.kernel().pageFault(number, va, errorCode)) {
            return true;
        }
        pmu.unexplained++;
        return false;
    }

    void dropCaches() {
        caches = null;
        walker = null;
    }

    /** The core's caches; they come into being when it first does something. */
    CoreCaches caches() {
        CoreCaches core = caches;
        if (core == null) {
            MachineProfile profile = board.profile();
            LastLevelCache last = board.lastLevelCache(node);
            core = new CoreCaches(
                    new PrivateCache(profile.l1().sizeBytes(), profile.l1().ways(), lines.lineBits()),
                    new PrivateCache(profile.l2().sizeBytes(), profile.l2().ways(), lines.lineBits()),
                    last);
            caches = core;
        }
        return core;
    }

    // ---- what the kernel commands ----

    void loadRoot(long newRoot, int newLevels, int newPcid, boolean flush) {
        root = newRoot;
        levels = newLevels;
        pcid = newPcid;
        if (flush) {
            invalidateAll(newPcid);
        }
    }

    void invalidateRange(int ofPcid, long startVa, long endVa) {
        tlbs.removeRange(ofPcid, startVa, endVa);
        // INVLPG empties the walk caches of the PCID whatever the address.
        walkCaches.removeAll(ofPcid);
    }

    void invalidateAll(int ofPcid) {
        tlbs.removeAll(ofPcid);
        walkCaches.removeAll(ofPcid);
    }
}
