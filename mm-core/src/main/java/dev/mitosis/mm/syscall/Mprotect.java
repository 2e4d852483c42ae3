package dev.mitosis.mm.syscall;

import dev.mitosis.mm.Areas;
import dev.mitosis.mm.Errno;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.KernelException;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Platform;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.Vma;
import java.util.List;

/**
 * mprotect(2): changes the protection of a range.
 *
 * <p>A hole in the range is ENOMEM, and what lies before the hole has been changed, as on Linux.
 *
 * <p>Source: man page mprotect(2); Linux {@code mm/mprotect.c:do_mprotect_pkey}.
 */
public final class Mprotect {
    private Mprotect() {}

    public static void call(Kernel kernel, Task task, long va, long lengthBytes, int prot) {
        Platform platform = kernel.platform();
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
        if (length <= 0 || !Abi.isUserRange(platform, va, length)) {
            throw new KernelException(Errno.ENOMEM, Abi.hex(va) + " is outside the address space of a process");
        }
        if ((prot & ~(grows | Abi.PROT_SEM | Vma.PROTECTION)) != 0) {
            throw Abi.invalid("invalid flags 0x" + Integer.toHexString(prot) + " in prot");
        }
        MmStruct mm = task.mm();
        List<Vma> areas = mm.areas().overlapping(va, va + length);
        if (areas.isEmpty() || areas.get(0).startVa() > va) {
            throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(va));
        }
        if (mm.areas().sizeAfterCut(va, va + length) + areas.size()
                > platform.settings().maxMapCount()) {
            throw new KernelException(Errno.ENOMEM, "the process's maximum number of mappings would be exceeded");
        }
        long end = va;
        for (Vma area : areas) {
            if (area.startVa() > end) {
                break;
            }
            end = Math.min(va + length, area.endVa());
            protect(kernel, task, area.part(Math.max(va, area.startVa()), end), prot & Vma.PROTECTION);
        }
        if (end < va + length) {
            throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(end));
        }
    }

    private static void protect(Kernel kernel, Task task, Vma part, int prot) {
        int flags = (part.flags() & ~Vma.PROTECTION) | prot;
        if (flags == part.flags()) {
            return;
        }
        Vma changed = part.withFlags(flags);
        // The tree may merge its area with others; the leaves of this part alone are rewritten.
        Vma leaves = changed.part(changed.startVa(), changed.endVa());
        Areas.replace(task.mm(), part, changed);
        Areas.protect(kernel.platform(), task, leaves);
        // A locked private mapping that becomes writable gets its pages now, not by faults later.
        if (leaves.has(Vma.LOCKED) && leaves.has(Vma.WRITE) && !part.has(Vma.WRITE) && leaves.isPrivate()) {
            LockedPages.populate(kernel, task, leaves.startVa(), leaves.endVa());
        }
    }
}
