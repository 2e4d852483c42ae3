package dev.mitosis.halsim.cpu;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.halsim.cache.CoreCaches;
import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.halsim.cache.PrivateCache;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.halsim.timing.ReferenceSample;
import dev.mitosis.halsim.walk.EptWalker;
import dev.mitosis.halsim.walk.MemoryReferences;
import dev.mitosis.halsim.walk.NestedWalker;
import dev.mitosis.halsim.walk.PendingAccessedDirty;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One simulated core: it runs batches of accesses through its TLBs, its page walker and its caches, and counts.
 *
 * <pre>
 *   batch ── Translator ──┬── references ── CoreCaches ── Pmu
 *                         └── an access that needs the kernel: the caches catch up, then the page fault
 * </pre>
 *
 * <p>An access that cannot be translated goes to the kernel as a page fault and is tried again; one that the kernel gives up on
 * is counted as unexplained and skipped. How accesses are cut into batches changes nothing.
 *
 * <p>Cost: no allocation on the way of an access.
 */
public final class Cpu {
    /** A prime, so that no rhythm of tables and data goes in step with it. */
    private static final int WATCHED_OF = 31;

    private final int number;
    private final int node;
    private final Pmu pmu;
    private final Uncore uncore;
    private final PhysicalLines lines;
    private @Nullable Translator translator;
    private @Nullable CoreCaches caches;
    private boolean hasCaches = true;
    private boolean isWatching;
    private @Nullable ReferenceSample sample;
    private int unwatched;
    private @Nullable GuestTraps traps;
    private @Nullable EptWalker ept;
    /** Whether it has translated anything since it last forgot all: a hypervisor makes it forget once for each piece that it moves. */
    private boolean mayKnow;

    public Cpu(int number, int node, Uncore uncore, PhysicalLines lines) {
        this.number = number;
        this.node = node;
        this.uncore = uncore;
        this.lines = lines;
        this.pmu = new Pmu(uncore.profile().nodes());
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
        Translator stage = translator();
        mayKnow = true;
        for (int from = 0; from < batch.size; from += Translator.STAGE) {
            int to = Math.min(from + Translator.STAGE, batch.size);
            stage.warm(batch, from, to);
            int begin = from;
            int at = stage.translate(batch, begin, to);
            while (at < to) {
                answer(stage.references, batch, begin, at);
                fault(stage, batch.va[at], (batch.meta[at] & AccessBatch.STORE) != 0);
                answer(stage.references);
                begin = at + 1;
                at = stage.translate(batch, begin, to);
            }
            answer(stage.references, batch, begin, to);
        }
        count(batch);
    }

    // ---- a quantum ----

    public void startQuantum(PendingAccessedDirty marks) {
        translator().markIn(marks);
    }

    public void endQuantum() {
        translator().markIn(null);
    }

    /** Runs a batch from one of its accesses on, and returns the first that needs the kernel, or the batch's size. */
    public int runUntilFault(AccessBatch batch, int first) {
        Translator stage = translator();
        mayKnow = true;
        for (int from = first; from < batch.size; from += Translator.STAGE) {
            int to = Math.min(from + Translator.STAGE, batch.size);
            stage.warm(batch, from, to);
            int at = stage.translate(batch, from, to);
            answer(stage.references, batch, from, at);
            if (at < to) {
                return at;
            }
        }
        return batch.size;
    }

    /** Lets the kernel deal with the access that {@link #runUntilFault} stopped at, and makes it. */
    public void serve(AccessBatch batch, int at) {
        Translator stage = translator();
        mayKnow = true;
        fault(stage, batch.va[at], (batch.meta[at] & AccessBatch.STORE) != 0);
        answer(stage.references);
    }

    /** Counts a batch that is done, and returns its accesses before folding. */
    public long count(AccessBatch batch) {
        long raw = 0;
        long touches = 0;
        for (int i = 0; i < batch.size; i++) {
            raw += batch.meta[i] >>> AccessBatch.COUNT_SHIFT;
            touches += (batch.meta[i] & AccessBatch.KERNEL) >>> 1;
        }
        pmu.accesses += raw;
        pmu.entries += batch.size;
        pmu.instructions += batch.instructions;
        pmu.kernelTouches += touches;
        return raw;
    }

    /** Lets the kernel deal with an access, until it can be translated or the kernel gives it up. */
    private void fault(Translator stage, long va, boolean isStore) {
        do {
            answer(stage.references);
            stage.forget(va);
            boolean isHandled = trap(stage, va);
            // Whoever handled it may have made the processor forget all; it walks on.
            mayKnow = true;
            if (!isHandled) {
                pmu.unexplained++;
                return;
            }
        } while (!stage.walkAgain(va, isStore));
    }

    private boolean trap(Translator stage, long va) {
        NestedWalker nested = stage.nested();
        GuestTraps guest = traps;
        if (guest == null) {
            pmu.faults++;
            return uncore.kernel().pageFault(number, va, stage.errorCode);
        }
        if (nested != null && nested.violation >= 0) {
            pmu.eptViolations++;
            return guest.eptViolation(number, nested.violation, nested.isViolationWrite);
        }
        pmu.faults++;
        return guest.pageFault(number, va, stage.errorCode);
    }

    // ---- a guest ----

    /**
     * Runs a guest from now on: what the host's kernel commands of address spaces waits, and what the guest's kernel commands comes
     * through {@link #loadGuestRoot} and the invalidations.
     *
     * @param guestMemory the words of the guest's tables, by guest frame
     * @param hasEptAccessedDirty whether walks set A and D in the extended table
     */
    public void enterGuest(GuestTraps guest, ArrayMemory guestMemory, boolean hasEptAccessedDirty) {
        if (traps != guest || ept == null) {
            traps = guest;
            ept = translator().enterGuest(guestMemory, hasEptAccessedDirty);
            translator().forgetAllTables();
        }
        invalidateEpt();
    }

    /** Runs a guest whose tables the hypervisor shadows: {@link #loadGuestRoot} names tables in the host's memory, walked as ever. */
    public void enterShadowedGuest(GuestTraps guest) {
        traps = guest;
    }

    /** Kernel work of the hypervisor for the guest that it runs. */
    public void addKernelCycles(long cycles) {
        pmu.kernelCycles += cycles;
    }

    /** VMWRITE of the EPT pointer. */
    public void loadEpt(long root, int levels) {
        eptWalker().use(root, levels);
    }

    /** Forgets all that came from the extended page table: INVEPT. */
    public void invalidateEpt() {
        if (!mayKnow) {
            return;
        }
        mayKnow = false;
        translator().tlbs.clear();
        translator().forgetAllTables();
        NestedWalker nested = translator().nested();
        if (nested != null) {
            nested.forgetAll();
        }
    }

    /** MOV to CR3 in the guest. */
    public void loadGuestRoot(long root, int levels, int pcid, boolean flush) {
        translator().use(root, levels, pcid);
        if (flush) {
            invalidateAll(pcid);
        }
    }

    private EptWalker eptWalker() {
        EptWalker walker = ept;
        if (walker == null) {
            throw new IllegalStateException("processor " + number + " runs no guest");
        }
        return walker;
    }

    /** {@link #answer(MemoryReferences)} for accesses {@code from … to - 1} of a batch, which nothing of the kernel's came between. */
    private void answer(MemoryReferences references, AccessBatch batch, int from, int to) {
        ReferenceSample into = sample;
        if (into == null || !hasCaches) {
            answer(references);
        } else if (!into.wants()) {
            into.skip(to - from);
            answer(references);
        } else {
            answerFromCaches(references);
            into.take(batch.stretch(from, to), references, lines);
            references.size = 0;
        }
    }

    /** From now on, or no longer, pieces of what it does are kept with what answers them. */
    public void sampleInto(@Nullable ReferenceSample into) {
        sample = into;
    }

    /** The second stage: lets the caches answer what translation asked for, in its order, and empties the list. */
    private void answer(MemoryReferences references) {
        if (hasCaches) {
            answerFromCaches(references);
        } else {
            answerFromMemory(references);
        }
        references.size = 0;
    }

    private void answerFromCaches(MemoryReferences references) {
        references.number(lines);
        caches().find(references.words, 0, references.size, MemoryReferences.LEVEL_SHIFT, references.where);
        count(references);
    }

    private void count(MemoryReferences references) {
        long[] words = references.words;
        byte[] where = references.where;
        long[] reads = pmu.reads;
        int sources = pmu.sources();
        for (int i = 0; i < references.size; i++) {
            long line = MemoryReferences.line(words[i]);
            boolean isMemory = where[i] == CoreCaches.MEMORY;
            int source = isMemory ? Pmu.MEMORY + lines.nodeOfNumber(line) : where[i] - CoreCaches.L1;
            int counter = MemoryReferences.level(words[i]) * sources + source;
            reads[counter]++;
            if (isMemory && isWatching) {
                watch(line, counter);
            }
        }
    }

    /** One read in so many is looked for, and stands for all of them. */
    private void watch(long line, int counter) {
        if (++unwatched == WATCHED_OF) {
            unwatched = 0;
            pmu.held[counter] += uncore.isHeldBeside(node, line) ? WATCHED_OF : 0;
        }
    }

    /** Whether reads that memory answers are looked for in the caches of other sockets. */
    public void watchOthers(boolean isOn) {
        isWatching = isOn;
    }

    public boolean holds(long line) {
        CoreCaches core = caches;
        return core != null && core.whereIs(line) != CoreCaches.MEMORY;
    }

    private void answerFromMemory(MemoryReferences references) {
        long[] words = references.words;
        long[] reads = pmu.reads;
        int sources = pmu.sources();
        for (int i = 0; i < references.size; i++) {
            long word = words[i];
            int source = Pmu.MEMORY + PhysicalLines.node(MemoryReferences.line(word));
            reads[MemoryReferences.level(word) * sources + source]++;
        }
    }

    /** The frame that the TLBs would answer for an address in the loaded address space, or -1; changes nothing: for audits. */
    public long cachedFrame(long va) {
        return translator().cachedFrame(va);
    }

    /** Whether the TLBs would let a store to an address through without a walk; changes nothing. */
    public boolean letsStoresThrough(long va) {
        return translator().letsStoresThrough(va);
    }

    /** The host frame that the nested TLB would answer for a guest frame, or -1; changes nothing. */
    public long cachedHostFrame(long guestFrame) {
        return ept == null ? -1 : ept.cachedFrame(guestFrame);
    }

    /** Where the walk caches of a guest have its tables, guest frame to host frame; changes nothing. */
    public Map<Long, Long> cachedGuestTables() {
        NestedWalker walker = translator().nested();
        return walker == null ? Map.of() : walker.tables();
    }

    /** From now on there are no caches: every reference is answered by the memory of its node. For the study of translation alone. */
    public void disableCaches() {
        hasCaches = false;
        caches = null;
    }

    public void dropCaches() {
        caches = null;
    }

    private Translator translator() {
        Translator stage = translator;
        if (stage == null) {
            stage = new Translator(uncore.profile(), uncore.memory(), pmu);
            translator = stage;
        }
        return stage;
    }

    /** The core's caches; they come into being when it first does something. */
    public CoreCaches caches() {
        CoreCaches core = caches;
        if (core == null) {
            MachineProfile profile = uncore.profile();
            core = new CoreCaches(
                    new PrivateCache(profile.l1().sizeBytes(), profile.l1().ways(), lines.lineBits()),
                    new PrivateCache(profile.l2().sizeBytes(), profile.l2().ways(), lines.lineBits()),
                    uncore.lastLevelCache(number));
            caches = core;
        }
        return core;
    }

    // ---- what the kernel commands ----

    public void loadRoot(long root, int levels, int pcid, boolean flush) {
        if (traps != null) {
            // The host's root counts again when the guest has left; none leaves.
            return;
        }
        translator().use(root, levels, pcid);
        if (flush) {
            invalidateAll(pcid);
        }
    }

    public void invalidateRange(int ofPcid, long startVa, long endVa) {
        translator().tlbs.removeRange(ofPcid, startVa, endVa);
        // INVLPG empties the walk caches of the PCID whatever the address.
        translator().forgetTables(ofPcid);
    }

    public void invalidateAll(int ofPcid) {
        translator().tlbs.removeAll(ofPcid);
        translator().forgetTables(ofPcid);
    }
}
