package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.vma.Vma;
import java.util.List;

/**
 * mprotect(2): changes the protection of a range.
 *
 * <p>A hole in the range is ENOMEM, and what lies before the hole has been changed, as on Linux.
 *
 * <p>Source: man page mprotect(2); Linux {@code mm/mprotect.c:do_mprotect_pkey, mprotect_fixup}.
 */
public final class Mprotect {
    private Mprotect() {}

    public static void call(KernelServices services, Task task, long va, long lengthBytes, int prot) {
        Context context = services.context();
        int grows = Abi.PROT_GROWSDOWN | Abi.PROT_GROWSUP;
        if ((prot & grows) == grows) {
            throw Abi.invalid("both PROT_GROWSUP and PROT_GROWSDOWN were specified in prot");
        }
        if (!Abi.isPageAligned(va)) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not a multiple of the system page size");
        }
        if (lengthBytes == 0) {
            return;
        }
        long length = Abi.pageUp(lengthBytes);
        if (length <= 0 || !Abi.isUserRange(context, va, length)) {
            throw new KernelException(Errno.ENOMEM, Abi.hex(va) + " is outside the address space of a process");
        }
        if ((prot & ~(grows | Abi.PROT_SEM | Vma.PROTECTION)) != 0) {
            throw Abi.invalid("invalid flags 0x" + Integer.toHexString(prot) + " in prot");
        }
        MmStruct mm = task.mm();
        long end = va + length;
        Vma first = mm.areas().firstEndingAfter(va);
        if (first == null) {
            throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(va));
        }
        long start = startOfChange(first, va, end, prot);
        List<Vma> areas = mm.areas().overlapping(start, end);
        if (mm.areas().sizeAfterCut(start, end) + areas.size()
                > context.settings().maxMapCount()) {
            throw Limits.tooManyMappings();
        }
        VmaOps.splitAtBorders(context, task, start, end);
        long at = start;
        for (Vma area : areas) {
            if (area.startVa() > at) {
                break;
            }
            long from = at;
            at = Math.min(end, area.endVa());
            Limits.checkHugeAlignment(area, from, at);
            protect(services, task, area.part(from, at), prot & Vma.PROTECTION);
        }
        if (at < end) {
            throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(at));
        }
    }

    /** Where the change begins: at the start of the whole stack with PROT_GROWSDOWN. */
    private static long startOfChange(Vma first, long va, long end, int prot) {
        if ((prot & Abi.PROT_GROWSDOWN) != 0) {
            if (first.startVa() >= end) {
                throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(va));
            }
            if (!first.has(Vma.GROWSDOWN)) {
                throw Abi.invalid("PROT_GROWSDOWN, and the mapping " + first + " does not grow downwards");
            }
            return first.startVa();
        }
        if (first.startVa() > va) {
            throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(va));
        }
        if ((prot & Abi.PROT_GROWSUP) != 0) {
            throw Abi.invalid("PROT_GROWSUP, and nothing grows upwards");
        }
        return va;
    }

    private static void protect(KernelServices services, Task task, Vma part, int prot) {
        int flags = (part.flags() & ~Vma.PROTECTION) | prot;
        if (flags == part.flags()) {
            return;
        }
        if ((prot & Vma.WRITE) != 0 && part.has(Vma.NEVER_WRITE)) {
            throw new KernelException(Errno.EACCES, "the file of " + part + " was opened for reading");
        }
        int exempt = Vma.ACCOUNT | Vma.SHARED | Vma.NORESERVE | Vma.HUGETLB;
        if ((prot & Vma.WRITE) != 0 && (flags & exempt) == 0) {
            // Private memory that becomes writable begins to count.
            services.context().overcommit().charge(part.pages());
            flags |= Vma.ACCOUNT;
        }
        boolean isUnwritten = part.isAnonymous() && part.isPrivate() && !part.hasOwnPages();
        boolean countsNoMore = (prot & Vma.WRITE) == 0 && part.has(Vma.ACCOUNT) && isUnwritten;
        if (countsNoMore) {
            flags &= ~Vma.ACCOUNT;
        }
        Vma changed = part.withFlags(flags);
        // The tree may merge its area with others; the leaves of this part alone are rewritten.
        Vma leaves = changed.part(changed.startVa(), changed.endVa());
        VmaOps.replace(services.context(), task, part, changed);
        if (countsNoMore) {
            // Nothing was written to it, and nothing can be.
            services.context().overcommit().uncharge(part.pages());
        }
        VmaOps.protect(services.context(), task, leaves);
        // A locked private mapping that becomes writable gets its pages now, not by faults later.
        if (leaves.has(Vma.LOCKED) && leaves.has(Vma.WRITE) && !part.has(Vma.WRITE) && leaves.isPrivate()) {
            LockedPages.populate(services, task, leaves.startVa(), leaves.endVa());
        }
    }
}
