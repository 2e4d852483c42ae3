package dev.mitosis.halsim.walk;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Frames;
import dev.mitosis.x86.Ept;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * A guest's tree and an extended one, written word by word: every guest table in a gigabyte of guest memory of its own, and guest memory
 * one to one in the host's, on another node. A leaf is at level 1 for 4 KiB, 2 for 2 MiB, 3 for 1 GiB.
 */
public final class TwoTrees {
    static final int NODES = 4;
    /** Where the extended tables are. */
    static final int EPT_NODE = 1;
    /** Where the guest's memory is in the host, its tables too. */
    static final int BACKING_NODE = 2;

    private static final int ORDER_1G = 18;

    private final int guestLevels;
    private final int hostLevels;
    private final int guestLeaf;
    private final int hostLeaf;
    private final ArrayMemory guest = new ArrayMemory(1, false);
    private final ArrayMemory host;
    private int guestTables = 1;
    private int hostTables = 1;

    public TwoTrees(int guestLevels, int hostLevels, int guestLeaf, int hostLeaf) {
        this(guestLevels, hostLevels, guestLeaf, hostLeaf, new ArrayMemory(NODES, false));
    }

    /** In the host's memory of a machine that exists. */
    public TwoTrees(int guestLevels, int hostLevels, int guestLeaf, int hostLeaf, ArrayMemory host) {
        this.host = host;
        this.guestLevels = guestLevels;
        this.hostLevels = hostLevels;
        this.guestLeaf = guestLeaf;
        this.hostLeaf = hostLeaf;
    }

    int guestLevels() {
        return guestLevels;
    }

    int hostLevels() {
        return hostLevels;
    }

    int guestLeaf() {
        return guestLeaf;
    }

    int hostLeaf() {
        return hostLeaf;
    }

    public ArrayMemory guest() {
        return guest;
    }

    ArrayMemory host() {
        return host;
    }

    /** The guest's root: the first of its tables. */
    public static long guestRoot() {
        return 0;
    }

    public static long eptRoot() {
        return Frames.pfn(EPT_NODE, 0);
    }

    /** The host's frame behind a guest frame. */
    public static long behind(long guestFrame) {
        return Frames.pfn(BACKING_NODE, guestFrame);
    }

    /** Maps a guest's page to where it is in guest memory, data frames from 16 GiB on; whatever the walk needs is backed. */
    public void map(long va, long dataPage) {
        long table = guestRoot();
        back(table);
        for (int level = guestLevels; level > guestLeaf; level--) {
            int index = PagingLevel.index(va, level);
            if (guest.read(table, index) == Pte.NONE) {
                // Guest tables stand a gigabyte apart: 16 of them below the data.
                long child = (long) guestTables++ << ORDER_1G;
                guest.write(table, index, Pte.of(child, Pte.PRESENT | Pte.WRITE | Pte.USER));
            }
            table = Pte.pfn(guest.read(table, index));
            back(table);
        }
        long frame = Frames.TABLE_ZONE_FRAMES + (dataPage << 9 * (guestLeaf - 1));
        long huge = guestLeaf > 1 ? Pte.HUGE : 0;
        guest.write(table, PagingLevel.index(va, guestLeaf), Pte.of(frame, Pte.PRESENT | Pte.WRITE | Pte.USER | huge));
        back(frame + (va >>> Frames.PAGE_SHIFT & (1L << 9 * (guestLeaf - 1)) - 1));
    }

    /** Backs a guest frame, and the page of the host that it lies in. */
    public void back(long guestFrame) {
        long gpa = guestFrame << Frames.PAGE_SHIFT;
        long table = eptRoot();
        for (int level = hostLevels; level > hostLeaf; level--) {
            int index = PagingLevel.index(gpa, level);
            if (host.read(table, index) == Pte.NONE) {
                host.write(table, index, Ept.table(Frames.pfn(EPT_NODE, hostTables++)));
            }
            table = Ept.pfn(host.read(table, index));
        }
        long first = guestFrame & -(1L << 9 * (hostLeaf - 1));
        host.write(table, PagingLevel.index(gpa, hostLeaf), Ept.leaf(behind(first), hostLeaf));
    }

    /** The word of the extended tree of a level for a guest frame. */
    long eptEntry(long guestFrame, int level) {
        return host.read(eptTable(guestFrame, level), PagingLevel.index(guestFrame << Frames.PAGE_SHIFT, level));
    }

    public void setEptEntry(long guestFrame, int level, long entry) {
        host.write(eptTable(guestFrame, level), PagingLevel.index(guestFrame << Frames.PAGE_SHIFT, level), entry);
    }

    private long eptTable(long guestFrame, int level) {
        long table = eptRoot();
        for (int at = hostLevels; at > level; at--) {
            table = Ept.pfn(host.read(table, PagingLevel.index(guestFrame << Frames.PAGE_SHIFT, at)));
        }
        return table;
    }

    /** The guest's table of a level that an address leads through. */
    long guestTable(long va, int level) {
        long table = guestRoot();
        for (int at = guestLevels; at > level; at--) {
            table = Pte.pfn(guest.read(table, PagingLevel.index(va, at)));
        }
        return table;
    }

    long guestEntry(long va, int level) {
        return guest.read(guestTable(va, level), PagingLevel.index(va, level));
    }
}
