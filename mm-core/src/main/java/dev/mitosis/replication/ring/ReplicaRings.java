package dev.mitosis.replication.ring;

import dev.mitosis.hal.Frames;
import java.lang.invoke.VarHandle;

/**
 * Which table frames are replicas of one another: each set of replicas is a ring, linked through one {@code int} a table.
 *
 * <p>Shape: {@code link[slot] = LINKED | HOME? | slot of the next member}, 0 for a table without replicas, in chunks that
 * are allocated with the first ring among their 1,024 tables. Members stand in ascending order of node, the highest
 * followed by the lowest, and no node has two. Exactly one member of a ring is the <em>home</em>: the table that stays when
 * the replicas go. A home can be a <em>master</em>, as in Linux 4.17's Mitosis: then it serves no node, and stands in the ring
 * beside the replica of its own node. A ring can be <em>lazy</em>: then its home has all entries, and the others may lack some.
 *
 * <p>Cost: {@link #next} is one array load; what searches a member is O(members).
 *
 * <p>Concurrency: the lock of a ring is the lock of the table that the kernel sees; a ring's links change under it.
 *
 * <p>Source: Mitosis (ASPLOS'20) §5.2 (replicas linked through the metadata of their pages).
 */
public final class ReplicaRings {
    private static final int CHUNK_SHIFT = 10;
    private static final int SLOT_MASK = (1 << 28) - 1;
    private static final int LINKED = 1 << 28;
    private static final int HOME = 1 << 29;
    private static final int MASTER = 1 << 30;
    private static final int LAZY = 1 << 31;
    /** What a link says of its table, besides the next one. */
    private static final int ROLE = HOME | MASTER | LAZY;

    private final int[][] chunks;

    public ReplicaRings(int nodes) {
        this.chunks = new int[nodes << (Frames.TABLE_ZONE_SHIFT - CHUNK_SHIFT)][];
    }

    /** The member after {@code table}, or {@code table} itself when it has no replicas: loops end where they began. */
    public long next(long table) {
        int link = link(table);
        return link == 0 ? table : Frames.pfnOfTableSlot(link & SLOT_MASK);
    }

    public boolean isLinked(long table) {
        return link(table) != 0;
    }

    /** The member of the table's ring that serves a node, {@link Frames#NO_FRAME} where there is none. */
    public long lookup(long table, int node) {
        long member = table;
        do {
            if (Frames.nodeOf(member) == node && !isMaster(member)) {
                return member;
            }
            member = next(member);
        } while (member != table);
        return Frames.NO_FRAME;
    }

    /** The nodes that a member of the table's ring serves. */
    public long nodeMask(long table) {
        long mask = 0;
        long member = table;
        do {
            mask |= isMaster(member) ? 0 : 1L << Frames.nodeOf(member);
            member = next(member);
        } while (member != table);
        return mask;
    }

    /** The tables that are replicas of one another, the given one counted. */
    public int size(long table) {
        int size = 1;
        for (long member = next(table); member != table; member = next(member)) {
            size++;
        }
        return size;
    }

    /** Says whether the table is one that only the kernel uses. */
    public boolean isMaster(long table) {
        return (link(table) & MASTER) != 0;
    }

    /** Says whether the table belongs to a ring whose members may lack entries that the home has. */
    public boolean isLazy(long table) {
        return (link(table) & LAZY) != 0;
    }

    /** Says whether the table itself may lack entries that its home has. */
    public boolean isPartial(long table) {
        return (link(table) & (LAZY | HOME)) == LAZY;
    }

    public boolean isHome(long table) {
        int link = link(table);
        return link == 0 || (link & HOME) != 0;
    }

    /** The member that stays when the replicas go; a table without replicas is its own. */
    public long home(long table) {
        long member = table;
        while (!isHome(member)) {
            member = next(member);
            if (member == table) {
                throw new IllegalStateException("the ring of table " + Long.toHexString(table) + " has no home");
            }
        }
        return member;
    }

    public void setHome(long member) {
        long home = home(member);
        assert !isMaster(home) : "the master " + Long.toHexString(home) + " stays the home";
        if (home != member) {
            setLink(home, link(home) & ~HOME);
            setLink(member, link(member) | HOME);
        }
    }

    /** Makes a table the master of the ring that begins with a first replica. */
    public void insertBesideMaster(long master, long table) {
        assert !isLinked(master) && !isLinked(table) : "the ring of " + Long.toHexString(master) + " is there already";
        setLink(master, LINKED | HOME | MASTER | Frames.tableSlot(table));
        setLink(table, LINKED | Frames.tableSlot(master));
    }

    /** Adds an empty replica to the lazy ring of a home. */
    public void insertLazily(long home, long table) {
        insert(home, table);
        setLink(home, link(home) | LAZY);
        setLink(table, link(table) | LAZY);
    }

    /** Adds a table to the ring of another, in the order of nodes. */
    public void insert(long member, long table) {
        assert !isLinked(table) && lookup(member, Frames.nodeOf(table)) == Frames.NO_FRAME
                : "table " + Long.toHexString(table) + " cannot join the ring of " + Long.toHexString(member);
        if (!isLinked(member)) {
            // In this order a reader without the lock finds its way around.
            setLink(table, LINKED | Frames.tableSlot(member));
            setLink(member, LINKED | HOME | Frames.tableSlot(table));
            return;
        }
        // The predecessor has the highest node below the table's, or, for the lowest table, the highest of all.
        long before = member;
        int best = -1;
        long at = member;
        do {
            int node = Frames.nodeOf(at);
            int rank = node < Frames.nodeOf(table) ? node + Frames.MAX_NODES : node;
            if (rank > best) {
                best = rank;
                before = at;
            }
            at = next(at);
        } while (at != member);
        setLink(table, LINKED | Frames.tableSlot(next(before)));
        setLink(before, (link(before) & ROLE) | LINKED | Frames.tableSlot(table));
    }

    /** Takes a table out of its ring; the home may go only last. */
    public void remove(long table) {
        long after = next(table);
        if (after == table) {
            return;
        }
        assert !isHome(table) : "the home " + Long.toHexString(table) + " leaves a ring that has copies";
        long before = after;
        while (next(before) != table) {
            before = next(before);
        }
        setLink(before, before == after ? 0 : (link(before) & ROLE) | LINKED | Frames.tableSlot(after));
        setLink(table, 0);
    }

    /** Forgets the link of a table that is freed with its ring; its neighbours must go with it. */
    public void forget(long table) {
        if (isLinked(table)) {
            setLink(table, 0);
        }
    }

    private int link(long table) {
        int slot = Frames.tableSlot(table);
        int[] chunk = chunks[slot >>> CHUNK_SHIFT];
        return chunk == null ? 0 : chunk[slot & ((1 << CHUNK_SHIFT) - 1)];
    }

    private void setLink(long table, int link) {
        int slot = Frames.tableSlot(table);
        int[] chunk = chunks[slot >>> CHUNK_SHIFT];
        if (chunk == null) {
            chunk = back(slot >>> CHUNK_SHIFT);
        }
        chunk[slot & ((1 << CHUNK_SHIFT) - 1)] = link;
    }

    private synchronized int[] back(int number) {
        int[] chunk = chunks[number];
        if (chunk == null) {
            chunk = new int[1 << CHUNK_SHIFT];
            VarHandle.releaseFence();
            chunks[number] = chunk;
        }
        return chunk;
    }
}
