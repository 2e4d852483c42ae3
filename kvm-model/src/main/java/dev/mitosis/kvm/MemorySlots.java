package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.vma.Mempolicy;
import java.util.List;

/**
 * Where a virtual machine's memory is in the address space of its process in the host: one slot for each node of the guest.
 *
 * <p>Shape: frame {@code f} of guest node {@code n} is at {@code start[n] + f * 4096}. A slot begins at a multiple of 2 MiB, so that
 * huge pages of guest and host can meet.
 *
 * <p>Source: Linux {@code virt/kvm/kvm_main.c:kvm_set_memory_region}; QEMU's {@code -object memory-backend-ram,host-nodes=…}.
 */
public final class MemorySlots {
    private static final long ALIGN_BYTES = 2L << 20;

    private final long[] startVa;
    private final long[] bytes;
    private final List<Integer> hostNodes;

    /**
     * Maps the slots.
     *
     * @param process the virtual machine's process in the host
     * @param hostNodes the host node that each guest node's memory is preferred on, or an empty list to leave it to first touch
     */
    MemorySlots(Kernel host, Task process, Topology guest, List<Integer> hostNodes) {
        this.hostNodes = hostNodes;
        startVa = new long[guest.nodes()];
        bytes = new long[guest.nodes()];
        for (int node = 0; node < guest.nodes(); node++) {
            // Table frames are numbered below the data frames and beside them.
            bytes[node] = (guest.framesOfNode(node) + Frames.TABLE_ZONE_FRAMES) << Frames.PAGE_SHIFT;
            long va = host.mmap(
                    process,
                    0,
                    bytes[node] + ALIGN_BYTES,
                    Abi.PROT_READ | Abi.PROT_WRITE,
                    Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_NORESERVE);
            startVa[node] = (va + ALIGN_BYTES - 1) & -ALIGN_BYTES;
            if (!hostNodes.isEmpty()) {
                host.mbind(process, startVa[node], bytes[node], Mempolicy.preferred(hostNodes.get(node)));
            }
        }
    }

    /** The host-virtual address of a guest frame, or -1 when the machine has no such memory. */
    public long hostVa(long guestFrame) {
        int node = Frames.nodeOf(guestFrame);
        long offset = Frames.frameInNode(guestFrame) << Frames.PAGE_SHIFT;
        return node < startVa.length && offset < bytes[node] ? startVa[node] + offset : -1;
    }

    /** The host node that a guest node's memory is preferred on, or -1 where it is left to first touch. */
    int hostNode(int guestNode) {
        return hostNodes.isEmpty() ? -1 : hostNodes.get(guestNode);
    }

    /** Nodes of the guest: slots. */
    int count() {
        return startVa.length;
    }

    /** The first guest frame of a slot that lies in a range of the process's addresses; there may be none before {@link #endFrame}. */
    long firstFrame(int slot, long fromVa) {
        long offset = Math.max(0, Math.min(bytes[slot], fromVa - startVa[slot]));
        return Frames.pfn(slot, 0) + (offset >>> Frames.PAGE_SHIFT);
    }

    /** The end of the guest frames of a slot that lie below an address of the process. */
    long endFrame(int slot, long toVa) {
        long end = Math.min(bytes[slot], toVa - startVa[slot]);
        return Frames.pfn(slot, 0) + (end <= 0 ? 0 : end + Frames.PAGE_BYTES - 1 >>> Frames.PAGE_SHIFT);
    }
}
