package dev.mitosis.kernel.syscall;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.range.LeafEntries;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.Pte;

/**
 * mincore(2): says which pages of a range are in memory.
 *
 * <p>Source: man page mincore(2); Linux {@code mm/mincore.c:do_mincore}.
 */
public final class Mincore {
    /** Longer vectors than this do not fit into an array. */
    private static final long MAX_BYTES = (long) (Integer.MAX_VALUE - 8) << 12;

    private Mincore() {}

    /** One byte a page, 1 for a page in memory; ENOMEM when the range contains unmapped pages. */
    public static byte[] call(KernelServices services, Task task, long va, long lengthBytes) {
        if (!Abi.isPageAligned(va)) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not a multiple of the page size");
        }
        long length = Abi.pageUp(lengthBytes);
        if (length < 0 || !Abi.isUserRange(services.context(), va, length)) {
            throw new KernelException(Errno.ENOMEM, "length is greater than the address space");
        }
        if (length > MAX_BYTES) {
            throw new KernelException(Errno.ENOMEM, "nobody has mapped " + length + " bytes");
        }
        byte[] resident = new byte[(int) (length >>> 12)];
        for (int page = 0; page < resident.length; page++) {
            long at = va + ((long) page << 12);
            Vma area = task.mm().areas().find(at);
            if (area == null) {
                throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(at));
            }
            boolean isMapped = Pte.isMapped(LeafEntries.find(services.context(), task.mm(), at));
            resident[page] = (byte) (isMapped || isInObject(area, at) ? 1 : 0);
        }
        return resident;
    }

    /** A page of an object counts though this process has not touched it. */
    private static boolean isInObject(Vma area, long va) {
        return area.file() instanceof PageCache object && object.lookup(area.pageAt(va)) != Frames.NO_FRAME;
    }
}
