package dev.mitosis.mm.syscall;

import dev.mitosis.mm.Areas;
import dev.mitosis.mm.Mempolicy;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Platform;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.Vma;

/**
 * brk(2), as the kernel has it: sets the end of the heap and returns it; when it cannot be set, the old one.
 *
 * <p>Source: man page brk(2), "C library/kernel differences"; Linux {@code mm/mmap.c:brk}.
 */
public final class Brk {
    private Brk() {}

    public static long call(Platform platform, Task task, long va) {
        MmStruct mm = task.mm();
        if (va < mm.startBrkVa() || !Abi.isUserRange(platform, va, 0)) {
            return mm.brkVa();
        }
        long oldEnd = Abi.pageUp(mm.brkVa());
        long newEnd = Abi.pageUp(va);
        if (newEnd < oldEnd) {
            Areas.unmap(platform, task, newEnd, oldEnd);
        } else if (newEnd > oldEnd) {
            Vma next = mm.areas().firstEndingAfter(oldEnd);
            boolean hasRoom = Abi.isUserRange(platform, oldEnd, newEnd - oldEnd)
                    && (next == null || newEnd + (1L << 12) <= next.startVa())
                    && mm.areas().size() + 1 <= platform.settings().maxMapCount();
            if (!hasRoom) {
                return mm.brkVa();
            }
            int flags = Vma.READ | Vma.WRITE;
            Areas.insert(platform, task, new Vma(oldEnd, newEnd, flags, oldEnd >>> 12, Mempolicy.LOCAL, null));
        }
        mm.setBrk(va);
        return va;
    }
}
