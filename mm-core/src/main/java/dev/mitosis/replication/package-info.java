/**
 * Replication of page tables: one tree a node, kept equal under the PV-ops waist, invisible to the kernel above it.
 *
 * <pre>
 *   policy ──► Replicator ──┬── reshape      changes live trees
 *                           └── mechanism    every read and store of an entry, on all replicas
 *                                  └── ring  the links between the replicas of a table
 * </pre>
 *
 * <h2>The ring</h2>
 *
 * <p>Every table of a replicated tree has one replica on each node of the tree's mask. A ring links the replicas through one {@code int}
 * a table ({@link dev.mitosis.replication.ring.ReplicaRings}), in the order of nodes:
 *
 * <pre>
 *            node 0            node 1            node 2            node 3
 *   CR3 0 ─► root ───────────► root ───────────► root ───────────► root ──┐   ring of the root
 *            │  ▲──────────────│─────────────────│─────────────────│──────┘
 *            ▼                 ▼                 ▼                 ▼          pointers: translated, each to the
 *            PMD ────────────► PMD ────────────► PMD* ───────────► PMD ──┐   child on its own node
 *            │  ▲──────────────│─────────────────│─────────────────│─────┘
 *            ▼                 ▼                 ▼                 ▼
 *            PTE: leaf w       PTE: leaf w       PTE: leaf w       PTE: leaf w'   leaves: verbatim; w and w' may
 *                                                                               differ in Accessed and Dirty
 * </pre>
 *
 * <p>There is no master beside the replicas: the replica on a node <em>is</em> that node's table. One member of each ring is its
 * <em>home</em> (* above): it lies where the kernel's memory policy wanted the table. The home stays when replication is switched off,
 * so the tables are then where first touch had put them. The kernel descends from the primary root and so sees the replicas on that
 * root's node. Every operation takes any member of a ring.
 *
 * <h2>The update order</h2>
 *
 * <p>The kernel holds the lock of the table that it edits, and that lock is the lock of the ring. Walkers take no lock.
 *
 * <ul>
 *   <li><b>A table is made</b> with all its replicas, empty, before the kernel sees it; a node without memory undoes them all.
 *   <li><b>A store</b> goes to the table given, then around the ring. A processor that walks a replica not yet written sees
 *       the old entry: at worst it faults, and the fault handler, which waits for the lock, finds nothing left to do. A
 *       pointer is stored only when the child's ring is complete.
 *   <li><b>Taking away</b> (clear, write-protect) is complete in all replicas when the operation returns, and before the
 *       kernel flushes TLBs; the frames behind are freed only after that flush.
 *   <li><b>A and D</b> are set by hardware in the replica that it walks, at any time. So a read takes them from all replicas, a
 *       clear clears all, a read-and-clear exchanges word by word and gathers, and a change of other bits is a
 *       compare-and-set a word, never a load and a store.
 * </ul>
 *
 * <h2>Lazy replicas</h2>
 *
 * <p>A lazy tree has an owner, the node of its root. The homes lie there and have every entry; the kernel sees only them. Another node
 * has a replica of a table, and an entry in it, after one of its processors has missed it. The miss is a page fault. The fault handler
 * first asks the waist to fill the replica, under mmap_lock for reading and one table's lock at a time. A flush asks the waist which
 * nodes can have walked the range ({@link dev.mitosis.replication.mechanism.LazyReplicas}).
 *
 * <h2>Changing the mask of a live tree</h2>
 *
 * <p>{@code Replicator} holds the kernel off, takes all frames first, builds replicas from the leaves up, and switches the roots on
 * every processor. Only then does it gather A and D from the tables that go, and free them. Migration is the same with a mask of one
 * node.
 *
 * <h2>Without replicas</h2>
 *
 * <p>{@code ChildCounts} knows for each table how many of its children are on which node, and {@code TableMigrator} moves single
 * tables to where most of them are, from the leaves up.
 *
 * <p>May import {@code hal}, {@code x86} and {@code mm}; nothing of {@code mm} may import this package.
 */
@NullMarked
package dev.mitosis.replication;

import org.jspecify.annotations.NullMarked;
