package dev.mitosis.halsim.walk;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Frames;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.halsim.tlb.TlbHierarchy;
import dev.mitosis.halsim.tlb.WalkCaches;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.HashMap;
import java.util.Map;

/**
 * The page walker of a core that runs a guest: walks the guest's table, and the extended one for every guest frame on the way.
 *
 * <pre>
 *   for each guest level: EPT walk of the table's guest frame, then the guest's entry
 *   at the end:           EPT walk of the data page's guest frame
 * </pre>
 *
 * <p>Guest walk caches hold where a table is in the host besides its guest frame, so that a hit spares the EPT walk too. What comes out
 * goes to the TLB as one translation, of the smaller of both page sizes.
 *
 * <p>Shape: the words of guest tables are kept by guest frame; where they are in the host is what the extended table says.
 *
 * <p>Source: Intel SDM vol. 3C §29.3, §29.4; Bhargava et al. (ASPLOS'08); vMitosis (ASPLOS'21) §2.1.
 */
public final class NestedWalker {
    /** A table's slot, 28 bits, above its host frame, 36 bits; a host frame is never 0. */
    private static final int HOST_BITS = 36;

    private static final long HOST_MASK = (1L << HOST_BITS) - 1;

    public final EptWalker ept;
    private final ArrayMemory guestMemory;
    private final MemoryReferences references;
    private final WalkCaches caches;

    /** The level of the translation, or of the guest entry that ended the walk. */
    int level;

    public boolean isProtection;

    /** The guest frame that the extended table has no translation for, or -1; then the walk ended in an EPT violation. */
    public long violation;

    public boolean isViolationWrite;

    public NestedWalker(MachineProfile profile, ArrayMemory guestMemory, EptWalker ept, MemoryReferences references) {
        this.guestMemory = guestMemory;
        this.ept = ept;
        this.references = references;
        this.caches = new WalkCaches(profile);
    }

    public ArrayMemory guestMemory() {
        return guestMemory;
    }

    public void forget(int pcid) {
        caches.removeAll(pcid);
    }

    public void forgetAll() {
        caches.clear();
        ept.forget();
    }

    /** Where the guest's walk caches have tables: guest frame to host frame. */
    public Map<Long, Long> tables() {
        Map<Long, Long> known = new HashMap<>();
        caches.present()
                .forEach(word -> known.put(Frames.pfnOfTableSlot((int) (word >>> HOST_BITS)), word & HOST_MASK));
        return known;
    }

    /** The word of {@link TlbHierarchy} for an access; 0 when the walk ends in a page fault of the guest or an EPT violation. */
    public long walk(long va, long root, int levels, int pcid, boolean isStore) {
        violation = -1;
        long table = root;
        long host = 0;
        int at = levels;
        long known = caches.deepest(va, levels, pcid);
        if (known != 0) {
            table = Frames.pfnOfTableSlot((int) (known >>> HOST_BITS));
            host = known & HOST_MASK;
            at = caches.level;
        }
        if (host == 0) {
            host = hostFrame(table, ept.countsTableReadsAsWrites());
        }
        if (host == 0) {
            return 0;
        }
        while (at > 1) {
            long entry = references.read(guestMemory, table, host, va, at, at);
            if (!Pte.isTable(entry, at)) {
                return end(va, table, at, entry, isStore);
            }
            host = below(va, table, at, pcid, entry);
            if (host == 0) {
                return 0;
            }
            table = Pte.pfn(entry);
            at--;
        }
        return end(va, table, 1, references.read(guestMemory, table, host, va, 1, 1), isStore);
    }

    /** The host frame of the table that an entry points to, which the caches keep; 0 after an EPT violation. */
    private long below(long va, long table, int at, int pcid, long entry) {
        if ((entry & Pte.ACCESSED) == 0 && !mark(table, PagingLevel.index(va, at), Pte.ACCESSED)) {
            return 0;
        }
        long below = Pte.pfn(entry);
        long host = hostFrame(below, ept.countsTableReadsAsWrites());
        if (host != 0) {
            caches.insert(va, at, pcid, (long) Frames.tableSlot(below) << HOST_BITS | host);
        }
        return host;
    }

    /** What a walk comes to that ends at an entry of a level. */
    private long end(long va, long table, int at, long found, boolean isStore) {
        if (!Pte.isPresent(found)) {
            return fault(at, false);
        }
        long entry = found;
        if (isStore && (entry & Pte.WRITE) == 0) {
            return fault(at, true);
        }
        long offset = (va & PagingLevel.spanBytes(at) - 1) >>> Frames.PAGE_SHIFT;
        long guestFrame = Pte.pfn(entry) + offset;
        long word = ept.translate(guestFrame, isStore);
        if (word == 0) {
            violated(guestFrame, isStore);
            return 0;
        }
        long bits = isStore ? Pte.ACCESSED_DIRTY : Pte.ACCESSED;
        if ((entry & bits) != bits) {
            if (!mark(table, PagingLevel.index(va, at), bits)) {
                return 0;
            }
            entry |= bits;
        }
        level = Math.min(at, TlbHierarchy.level(word));
        long pages = 1L << (level - 1) * PagingLevel.INDEX_BITS;
        long frame = EptWalker.frame(word, guestFrame) & -pages;
        // What both trees allow.
        long rights = TlbHierarchy.word(entry, level) & word & (TlbHierarchy.WRITABLE | TlbHierarchy.DIRTY);
        return frame << TlbHierarchy.FRAME_SHIFT
                | (long) level << TlbHierarchy.LEVEL_SHIFT
                | rights
                | TlbHierarchy.VALID;
    }

    /** Sets bits in a guest's table, which is a write to its frame; false after an EPT violation. */
    private boolean mark(long table, int index, long bits) {
        if (!ept.countsTableReadsAsWrites() && hostFrame(table, true) == 0) {
            return false;
        }
        guestMemory.getAndOr(table, index, bits);
        return true;
    }

    /** The host frame of a guest frame, 0 after an EPT violation. */
    private long hostFrame(long guestFrame, boolean isWrite) {
        long word = ept.translate(guestFrame, isWrite);
        if (word == 0) {
            violated(guestFrame, isWrite);
            return 0;
        }
        return EptWalker.frame(word, guestFrame);
    }

    private void violated(long guestFrame, boolean isWrite) {
        violation = guestFrame;
        isViolationWrite = isWrite;
    }

    private long fault(int atLevel, boolean protection) {
        level = atLevel;
        isProtection = protection;
        return 0;
    }
}
