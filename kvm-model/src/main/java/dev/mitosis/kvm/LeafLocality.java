package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Where the two leaf tables of each page of a guest process are, seen from each socket: guest table, then extended table, local or remote.
 *
 * <p>Shape: {@code count(socket, kind)} for the kinds {@link #LOCAL_LOCAL} to {@link #REMOTE_REMOTE}; the four of a socket add up to the
 * pages that its processors can walk to.
 *
 * <p>Cost: reads every word of the guest's tree, and the extended tables of each page.
 *
 * <p>Source: vMitosis (ASPLOS'21) figure 2; the breakdown of its page-table dumps.
 */
public final class LeafLocality {
    public static final int LOCAL_LOCAL = 0;
    public static final int LOCAL_REMOTE = 1;
    public static final int REMOTE_LOCAL = 2;
    public static final int REMOTE_REMOTE = 3;
    public static final int KINDS = 4;

    private final VirtualMachine vm;
    private final PhysicalMemory memory;
    private final long[][] counts;
    /** {@code [node of the guest's leaf table][node of the extended one]}, of the socket under way. */
    private long[][] pages = new long[0][0];

    private LeafLocality(VirtualMachine vm, int sockets) {
        this.vm = vm;
        this.memory = vm.memory();
        this.counts = new long[sockets][KINDS];
    }

    /** Counts for an address space; pages that the host has not backed are left out. */
    public static LeafLocality of(VirtualMachine vm, MmStruct mm) {
        int sockets = vm.ept().hostNodes();
        LeafLocality locality = new LeafLocality(vm, sockets);
        long counted = Frames.NO_FRAME;
        for (int socket = 0; socket < sockets; socket++) {
            long root = vm.guestRootFor(mm, socket);
            if (root != counted || vm.ept().isReplicated()) {
                locality.pages = new long[sockets][sockets];
                locality.count(socket, root, mm.pageTable().levels());
                counted = root;
            }
            locality.sumUp(socket);
        }
        return locality;
    }

    public long count(int socket, int kind) {
        return counts[socket][kind];
    }

    /** Of all sockets together the share of a kind, in percent. */
    public double percent(int kind) {
        long all = 0;
        long ofKind = 0;
        for (long[] ofSocket : counts) {
            ofKind += ofSocket[kind];
            for (long count : ofSocket) {
                all += count;
            }
        }
        return all == 0 ? 0 : 100.0 * ofKind / all;
    }

    private void count(int socket, long table, int level) {
        long backing = vm.ept().hostFrame(table);
        for (int i = 0; i < PhysicalMemory.WORDS; i++) {
            long entry = memory.read(table, i);
            if (Pte.isTable(entry, level)) {
                count(socket, Pte.pfn(entry), level - 1);
            } else if (Pte.isLeaf(entry, level) && !Pte.isSpecial(entry) && backing != Frames.NO_FRAME) {
                leaf(socket, Frames.nodeOf(backing), Pte.pfn(entry), level);
            }
        }
    }

    private void leaf(int socket, int guestNode, long guestFrame, int level) {
        // A huge page of the guest can have several leaf tables below it; it counts by the pages of each.
        long frames = 1L << PagingLevel.INDEX_BITS * (level - 1);
        for (long at = 0; at < frames; at += PagingLevel.ENTRIES) {
            long table = vm.ept().leafTable(socket, guestFrame + at);
            if (table != Frames.NO_FRAME) {
                pages[guestNode][Frames.nodeOf(table)]++;
            }
        }
    }

    private void sumUp(int socket) {
        for (int guestNode = 0; guestNode < pages.length; guestNode++) {
            for (int eptNode = 0; eptNode < pages.length; eptNode++) {
                int kind = (guestNode == socket ? 0 : REMOTE_LOCAL) + (eptNode == socket ? 0 : LOCAL_REMOTE);
                counts[socket][kind] += pages[guestNode][eptNode];
            }
        }
    }
}
