package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.range.LeafEntries;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * What the hypervisor makes for a range of a guest's address space that the guest itself has mapped: all at once, and as it would be had a
 * vCPU touched each page.
 *
 * <p>Cost: one reading of the guest's leaf entries for each of the two.
 */
final class GuestPopulation {
    private final Context guest;
    private final MmStruct mm;
    private final long va;
    private final long lengthBytes;

    GuestPopulation(Context guest, MmStruct mm, long va, long lengthBytes) {
        this.guest = guest;
        this.mm = mm;
        this.va = va;
        this.lengthBytes = lengthBytes;
    }

    private interface LeafVisitor {
        void leaf(long va, long entry, int frames);
    }

    /** Frames of the host, in runs that are as long as they can be. */
    void backFrames(EptManager ept, int cpu) {
        long[] run = {Frames.NO_FRAME, Frames.NO_FRAME};
        visit((at, entry, frames) -> {
            long frame = Pte.pfn(entry);
            if (frame != run[1]) {
                back(ept, cpu, run);
                run[0] = frame;
            }
            run[1] = frame + frames;
        });
        back(ept, cpu, run);
    }

    private static void back(EptManager ept, int cpu, long[] run) {
        if (run[0] != Frames.NO_FRAME) {
            ept.populate(cpu, run[0], run[1] - run[0]);
        }
    }

    /** Entries of the shadow of one of the guest's roots, as loads make them: what the guest has as dirty may be written through them. */
    void fill(ShadowTables shadow, int cpu, int node, long guestRoot) {
        int levels = mm.pageTable().levels();
        visit((at, entry, frames) -> {
            for (long end = at + ((long) frames << Frames.PAGE_SHIFT), page = at; page < end; ) {
                int level = shadow.sync(cpu, node, guestRoot, levels, page, 0);
                page = PagingLevel.nextBoundary(page, Math.max(1, level));
            }
        });
    }

    private void visit(LeafVisitor visitor) {
        long[] entries = new long[PagingLevel.ENTRIES];
        long end = va + lengthBytes;
        for (long at = va; at < end; ) {
            int count = LeafEntries.read(guest, mm, at, entries);
            boolean isHuge = entries[0] != Pte.NONE && (entries[0] & Pte.HUGE) != 0;
            for (int i = 0; i < count && at < end; i++) {
                if (entries[i] != Pte.NONE && !Pte.isSpecial(entries[i])) {
                    visitor.leaf(at, entries[i], isHuge ? PagingLevel.ENTRIES : 1);
                }
                at = PagingLevel.nextBoundary(at, isHuge ? 2 : 1);
            }
        }
    }
}
