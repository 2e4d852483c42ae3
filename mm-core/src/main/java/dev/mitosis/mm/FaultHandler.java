package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import org.jspecify.annotations.Nullable;

/**
 * Handles a page fault: finds the area, checks the access against it, and makes the leaf that the access wants.
 *
 * <p>Source: Linux {@code arch/x86/mm/fault.c:do_user_addr_fault}, {@code mm/memory.c:handle_pte_fault}.
 */
final class FaultHandler {
    /** The farthest that a stack grows: RLIMIT_STACK's usual soft limit. */
    private static final long STACK_LIMIT_BYTES = 8L << 20;

    /** What stays free below a stack (stack_guard_gap). */
    private static final long STACK_GUARD_BYTES = 256 * Frames.PAGE_BYTES;

    private final Platform platform;
    private final PageTableOps ops;
    private final TablePath path;

    FaultHandler(Platform platform) {
        this.platform = platform;
        this.ops = platform.ops();
        this.path = new TablePath(platform);
    }

    /** Handles one fault of a task; false when the program would get a signal. */
    boolean handle(Task task, long va, int errorCode) {
        Vma area = areaFor(task.mm(), va);
        boolean isWrite = (errorCode & TrapHandler.WRITE) != 0;
        if (area == null || !Protection.allows(area.flags(), isWrite, (errorCode & TrapHandler.FETCH) != 0)) {
            return false;
        }
        try {
            return makePresent(task, area, va, isWrite);
        } catch (KernelException noTable) {
            // Out of memory in a fault: the program would be killed.
            platform.events().nodePressure(platform.topology().nodeOfCpu(task.cpu()));
            return false;
        }
    }

    private @Nullable Vma areaFor(MmStruct mm, long va) {
        Vma area = mm.areas().firstEndingAfter(va);
        if (area == null || area.startVa() <= va) {
            return area;
        }
        long start = va & -Frames.PAGE_BYTES;
        if (!area.has(Vma.GROWSDOWN) || area.endVa() - start > STACK_LIMIT_BYTES) {
            return null;
        }
        Vma below = mm.areas().lastStartingBelow(area.startVa());
        if (below != null && below.endVa() + (below.has(Vma.GROWSDOWN) ? 0 : STACK_GUARD_BYTES) > start) {
            return null;
        }
        area.setBounds(start, area.endVa());
        mm.areas().startMoved(area);
        return area;
    }

    private boolean makePresent(Task task, Vma area, long va, boolean isWrite) {
        if (wantsHuge(area, va)) {
            path.make(task, va, 2);
            if (path.level == 2 && path.entry == Pte.NONE && mapAnonymous(task, area, va, isWrite, 2)) {
                return true;
            }
            if (area.has(Vma.HUGETLB) && path.entry == Pte.NONE) {
                return false;
            }
        }
        path.make(task, va, 1);
        if (Pte.isMapped(path.entry)) {
            return fixRights(task, area, va, isWrite);
        }
        return area.isPrivate() ? mapAnonymous(task, area, va, isWrite, 1) : mapShared(task, area, va, isWrite);
    }

    /** Says whether a fault at an address takes a huge page if one can be had. */
    boolean wantsHuge(Vma area, long va) {
        if (area.has(Vma.HUGETLB)) {
            return true;
        }
        boolean wanted = platform.settings().thp() ? !area.has(Vma.NOHUGEPAGE) : area.has(Vma.HUGEPAGE);
        long start = va & -PagingLevel.spanBytes(2);
        return wanted
                && area.isPrivate()
                && area.isAnonymous()
                && start >= area.startVa()
                && start + PagingLevel.spanBytes(2) <= area.endVa();
    }

    private boolean mapAnonymous(Task task, Vma area, long va, boolean isWrite, int level) {
        int order = PagingLevel.INDEX_BITS * (level - 1);
        long pfn = takePages(task, area, va, order);
        if (pfn == Frames.NO_FRAME) {
            return false;
        }
        task.mm().countResident(pfn, order, 1);
        long huge = level > 1 ? Pte.HUGE : 0;
        set(task, Pte.of(pfn, Protection.flags(area.flags(), true) | huge | Pte.ACCESSED | (isWrite ? Pte.DIRTY : 0)));
        return true;
    }

    private boolean mapShared(Task task, Vma area, long va, boolean isWrite) {
        PageCache cache = (PageCache) area.file();
        if (cache == null) {
            throw new IllegalStateException("shared area " + area + " without an object");
        }
        long page = area.pageOffset() + ((va - area.startVa()) >> Frames.PAGE_SHIFT);
        long pfn = cache.lookup(page);
        if (pfn == Frames.NO_FRAME) {
            pfn = takePages(task, area, va, FrameAllocator.ORDER_4K);
            if (pfn == Frames.NO_FRAME) {
                return false;
            }
            cache.insert(page, pfn);
        }
        platform.frames().share(pfn);
        task.mm().countResident(pfn, FrameAllocator.ORDER_4K, 1);
        set(task, Pte.of(pfn, Protection.flags(area.flags(), true) | Pte.ACCESSED | (isWrite ? Pte.DIRTY : 0)));
        return true;
    }

    /** The page is mapped, but not for this access: it was hidden on purpose, may be copied on write, or the fault is late. */
    private boolean fixRights(Task task, Vma area, long va, boolean isWrite) {
        long entry = path.entry;
        long pfn = Pte.pfn(entry);
        int order = PagingLevel.INDEX_BITS * (path.level - 1);
        boolean wantsWrite = isWrite && (entry & Pte.WRITE) == 0;
        if (!wantsWrite && Pte.isPresent(entry)) {
            return true;
        }
        if (wantsWrite && area.isPrivate() && platform.frames().isShared(pfn)) {
            return copyOnWrite(task, area, va, entry, order);
        }
        boolean keepsWrite = isWrite || (entry & Pte.WRITE) != 0;
        set(
                task,
                Pte.of(
                        pfn,
                        Protection.flags(area.flags(), keepsWrite)
                                | (entry & (Pte.HUGE | Pte.ACCESSED_DIRTY))
                                | Pte.ACCESSED
                                | (isWrite ? Pte.DIRTY : 0)));
        platform.board()
                .processors()
                .invalidateRange(
                        task.cpu(),
                        platform.queues().pcid(task.cpu()),
                        va & -Frames.PAGE_BYTES,
                        (va & -Frames.PAGE_BYTES) + Frames.PAGE_BYTES,
                        false);
        return true;
    }

    private boolean copyOnWrite(Task task, Vma area, long va, long entry, int order) {
        long copy = takePages(task, area, va, order);
        if (copy == Frames.NO_FRAME) {
            return false;
        }
        MmStruct mm = task.mm();
        long pfn = Pte.pfn(entry);
        long start = va & -(Frames.PAGE_BYTES << order);
        platform.meter().pageCopied(task.cpu(), Frames.nodeOf(pfn), Frames.nodeOf(copy), order);
        ops.getAndClear(task.cpu(), path.level, path.table, path.index);
        // No processor may read the old frame through its TLB once the copy can be written.
        TlbShootdown.run(platform, mm, task.cpu(), start, start + (Frames.PAGE_BYTES << order), false);
        set(task, Pte.of(copy, Protection.flags(area.flags(), true) | (entry & Pte.HUGE) | Pte.ACCESSED_DIRTY));
        mm.countResident(copy, order, 1);
        mm.countResident(pfn, order, -1);
        platform.releasePages(task.cpu(), pfn, order);
        return true;
    }

    private void set(Task task, long entry) {
        ops.set(task.cpu(), path.level, path.table, path.index, entry);
    }

    /** Takes data frames under the area's policy, or the task's where the area has none. */
    long takePages(Task task, Vma area, long va, int order) {
        Mempolicy policy = area.policy();
        long turn;
        if (policy.kind() == Mempolicy.Kind.LOCAL) {
            policy = task.mempolicy();
            turn = task.turn(policy);
        } else {
            turn = (area.pageOffset() + ((va - area.startVa()) >> Frames.PAGE_SHIFT)) >> order;
        }
        int local = platform.topology().nodeOfCpu(task.cpu());
        return platform.takePages(task.cpu(), policy, policy.firstNode(platform.topology(), local, turn), order);
    }
}
