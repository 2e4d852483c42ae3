package dev.mitosis.mm.range;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * What the NUMA calls ask for: pages counted by node, and moved; mmap_lock is held.
 *
 * <p>Source: Linux {@code mm/mempolicy.c:queue_pages_range}, {@code mm/migrate.c:migrate_pages}.
 */
public final class PageMoves {
    private PageMoves() {}

    /** Leaves of a range whose page lies on a node of a mask; the zero page and swapped pages lie nowhere. */
    public static long count(Context context, Task task, long startVa, long endVa, long nodeMask) {
        Count count = new Count(context, task.mm(), task.cpu(), nodeMask);
        count.walk(startVa, endVa);
        return count.found;
    }

    /** Moves the pages of a range to where a policy would have put them. */
    public static void toPolicy(Context context, Task task, long startVa, long endVa, Mempolicy policy) {
        MmStruct mm = task.mm();
        int local = context.topology().nodeOfCpu(task.cpu());
        for (Vma area : mm.areas().overlapping(startVa, endVa)) {
            Vma part = area.part(Math.max(startVa, area.startVa()), Math.min(endVa, area.endVa()));
            if (!policy.kind().takesTurns()) {
                int node = policy.firstNode(context.topology(), local, 0);
                MigratePages.run(context, mm, task.cpu(), part, ~policy.nodeMask(), node);
                continue;
            }
            for (long va = part.startVa(); va < part.endVa(); va += Frames.PAGE_BYTES) {
                int node = policy.firstNode(context.topology(), local, area.pageAt(va));
                Vma page = part.part(va, va + Frames.PAGE_BYTES);
                MigratePages.run(context, mm, task.cpu(), page, ~(1L << node), node);
            }
        }
    }

    /** Moves the page of an address; true when it is on the node then. */
    public static boolean one(Context context, MmStruct mm, int cpu, Vma area, long va, int node) {
        TablePath path = new TablePath(context);
        path.find(mm.pageTable(), cpu, va);
        if (!Pte.isLeaf(path.entry, path.level)) {
            return false;
        }
        long start = va & -PagingLevel.spanBytes(path.level);
        Vma page = area.part(start, start + PagingLevel.spanBytes(path.level));
        return MigratePages.run(context, mm, cpu, page, ~(1L << node), node).moved() == 1;
    }

    /** Moves all pages of an address space that lie on nodes of a mask; returns how many could not be moved. */
    public static long all(Context context, MmStruct mm, int cpu, long fromMask, int node) {
        long failed = 0;
        for (Vma area : mm.areas().all()) {
            failed += MigratePages.run(context, mm, cpu, area, fromMask, node).failed();
        }
        return failed;
    }

    private static final class Count extends RangeWalk {
        private final long nodeMask;
        private long found;

        Count(Context context, MmStruct mm, int cpu, long nodeMask) {
            super(context, mm, cpu);
            this.nodeMask = nodeMask;
        }

        @Override
        protected boolean splits() {
            return false;
        }

        @Override
        protected void leaves(long table, int first, int count, long va) {
            for (int i = 0; i < count; i++) {
                count(ops.peek(table, first + i));
            }
        }

        @Override
        protected void hugeLeaf(long table, int level, int index, long entry, long va) {
            count(entry);
        }

        private void count(long entry) {
            boolean counts = Pte.isMapped(entry)
                    && !Pte.isSpecial(entry)
                    && (nodeMask >>> Frames.nodeOf(Pte.pfn(entry)) & 1) != 0;
            found += counts ? 1 : 0;
        }
    }
}
