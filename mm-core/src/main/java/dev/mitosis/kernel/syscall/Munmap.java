package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.vma.Vma;

/**
 * munmap(2): removes all mappings of a range; a range with nothing in it is no error.
 *
 * <p>Source: man page munmap(2); Linux {@code mm/vma.c:do_vmi_munmap}.
 */
public final class Munmap {
    private Munmap() {}

    public static void call(Context context, Task task, long va, long lengthBytes) {
        long length = Abi.pageUp(lengthBytes);
        if (!Abi.isPageAligned(va)) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not aligned on a page boundary");
        }
        if (length <= 0 || !Abi.isUserRange(context, va, length)) {
            throw Abi.invalid("the range of " + lengthBytes + " bytes at " + Abi.hex(va) + " is empty or outside");
        }
        if (task.mm().areas().sizeAfterCut(va, va + length) > context.settings().maxMapCount()) {
            throw Limits.tooManyMappings();
        }
        for (Vma area : task.mm().areas().overlapping(va, va + length)) {
            Limits.checkHugeAlignment(area, va, va + length);
        }
        VmaOps.unmap(context, task, va, va + length);
    }
}
