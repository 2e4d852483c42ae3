package dev.mitosis.kernel.syscall;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.LeafEntries;
import dev.mitosis.mm.range.PageMoves;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.Pte;
import org.jspecify.annotations.Nullable;

/**
 * move_pages(2): moves single pages to nodes, or says where they are.
 *
 * <p>Source: man page move_pages(2); Linux {@code mm/migrate.c:do_pages_move, do_pages_stat}.
 */
public final class MovePages {
    private MovePages() {}

    /** For each page the node that it is on, or a negative errno. */
    public static int[] call(
            KernelServices services, int cpu, MmStruct mm, long[] pages, int @Nullable [] nodes, int flags) {
        if ((flags & ~(Abi.MPOL_MF_MOVE | Abi.MPOL_MF_MOVE_ALL)) != 0) {
            throw Abi.invalid("flags other than MPOL_MF_MOVE and MPOL_MF_MOVE_ALL");
        }
        int[] status = new int[pages.length];
        for (int i = 0; i < pages.length; i++) {
            if (nodes != null
                    && (nodes[i] < 0
                            || nodes[i] >= services.context().topology().nodes())) {
                throw new KernelException(Errno.ENODEV, "node " + nodes[i] + " is not online");
            }
            status[i] = status(services, mm, pages[i]);
            if (nodes != null && status[i] >= 0 && status[i] != nodes[i]) {
                status[i] = move(services, cpu, mm, pages[i], nodes[i], status[i]);
            }
        }
        return status;
    }

    private static int status(KernelServices services, MmStruct mm, long va) {
        if (mm.areas().find(va) == null) {
            return -Errno.EFAULT.number();
        }
        long entry = LeafEntries.find(services.context(), mm, va);
        if (!Pte.isMapped(entry)) {
            return -Errno.ENOENT.number();
        }
        return Pte.isSpecial(entry) ? -Errno.EFAULT.number() : Frames.nodeOf(Pte.pfn(entry));
    }

    private static int move(KernelServices services, int cpu, MmStruct mm, long va, int node, int fromNode) {
        Vma area = mm.areas().find(va);
        if (area == null) {
            return -Errno.EFAULT.number();
        }
        if (PageMoves.one(services.context(), mm, cpu, area, va, node)) {
            return node;
        }
        boolean isFull = services.context().frames().freeFrames(node) == 0;
        // A page that others map too needs MPOL_MF_MOVE_ALL, and the references of others are not known here.
        return isFull ? -Errno.ENOMEM.number() : fromNode == node ? node : -Errno.EACCES.number();
    }
}
