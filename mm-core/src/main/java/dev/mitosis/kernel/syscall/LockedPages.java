package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.vma.Vma;

/**
 * Brings the pages of locked areas into memory when a call has made them new or newly writable.
 *
 * <p>It is best effort: the call has succeeded already.
 *
 * <p>Source: Linux {@code mm/gup.c:__mm_populate} with {@code ignore_errors}.
 */
final class LockedPages {
    private LockedPages() {}

    /** Touches what is locked and accessible in a range: for writing where that would break a share. */
    static void populate(KernelServices services, Task task, long startVa, long endVa) {
        for (Vma area : task.mm().areas().overlapping(startVa, endVa)) {
            if (!area.has(Vma.LOCKED) || area.has(Vma.LOCKONFAULT) || !area.has(Vma.PROTECTION)) {
                continue;
            }
            long from = Math.max(startVa, area.startVa());
            long to = Math.min(endVa, area.endVa());
            try {
                services.faults().populate(task, from, to, area.has(Vma.WRITE) && area.isPrivate());
            } catch (KernelException full) {
                if (full.errno() != Errno.ENOMEM && full.errno() != Errno.EFAULT) {
                    throw full;
                }
            }
        }
    }
}
