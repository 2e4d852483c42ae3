package dev.mitosis.replication;

import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.Pte;

/** Ways to get replication wrong: each is a waist that does everything right but one thing. */
enum Mutation {
    SET_SKIPS_THE_LAST_COPY,
    CHILD_IS_NOT_TRANSLATED,
    CLEAR_SKIPS_THE_LAST_COPY,
    PROTECT_SKIPS_THE_COPIES,
    ACCESSED_AND_DIRTY_ARE_NOT_GATHERED,
    FREE_FORGETS_THE_COPIES,
    ROOT_OF_ANOTHER_NODE;

    PageTableOps applied(ReplicatedPageTableOps right, PhysicalMemory memory) {
        return new Faulty(this, right, memory);
    }

    private static final class Faulty extends PageTableOps {
        private final Mutation fault;
        private final ReplicatedPageTableOps right;
        private final PhysicalMemory memory;

        Faulty(Mutation fault, ReplicatedPageTableOps right, PhysicalMemory memory) {
            this.fault = fault;
            this.right = right;
            this.memory = memory;
        }

        private long lastCopy(long table) {
            long copy = table;
            while (right.rings().next(copy) != table) {
                copy = right.rings().next(copy);
            }
            return copy;
        }

        @Override
        public long allocateTable(PageTable tree, int level, int cpu, int node) {
            return right.allocateTable(tree, level, cpu, node);
        }

        @Override
        public long reclaimNodes(PageTable tree) {
            return right.reclaimNodes(tree);
        }

        @Override
        public void freeTable(PageTable tree, int level, int cpu, long table) {
            if (fault == FREE_FORGETS_THE_COPIES && right.rings().isLinked(table)) {
                // The ring falls apart, and only the table that was given is returned.
                long copy = right.rings().next(table);
                while (copy != table) {
                    long after = right.rings().next(copy);
                    right.rings().forget(copy);
                    copy = after;
                }
                right.rings().forget(table);
            }
            right.freeTable(tree, level, cpu, table);
        }

        @Override
        public long rootFor(PageTable tree, int node) {
            if (fault == ROOT_OF_ANOTHER_NODE) {
                // A table of the wrong level: what a mix-up of ring links gives.
                long root = right.rootFor(tree, node);
                for (int i = 0; i < PhysicalMemory.WORDS; i++) {
                    long entry = memory.read(root, i);
                    if (Pte.isTable(entry, tree.levels()) && right.rings().isLinked(root)) {
                        return Pte.pfn(entry);
                    }
                }
            }
            return right.rootFor(tree, node);
        }

        @Override
        public long get(int cpu, long table, int index) {
            return fault == ACCESSED_AND_DIRTY_ARE_NOT_GATHERED
                    ? memory.read(table, index)
                    : right.get(cpu, table, index);
        }

        @Override
        public long peek(long table, int index) {
            return right.peek(table, index);
        }

        @Override
        public void set(int cpu, int level, long table, int index, long entry) {
            long last = lastCopy(table);
            long before = memory.read(last, index);
            right.set(cpu, level, table, index, entry);
            if (fault == SET_SKIPS_THE_LAST_COPY && last != table) {
                memory.write(last, index, before);
            }
            if (fault == CHILD_IS_NOT_TRANSLATED && Pte.isTable(entry, level)) {
                memory.write(last, index, entry);
            }
        }

        @Override
        public long getAndClear(int cpu, int level, long table, int index) {
            return right.getAndClear(cpu, level, table, index);
        }

        @Override
        public boolean testAndClearAccessed(int cpu, long table, int index) {
            return right.testAndClearAccessed(cpu, table, index);
        }

        @Override
        public void setLeaves(int cpu, int level, long table, int first, int count, long firstEntry, long step) {
            right.setLeaves(cpu, level, table, first, count, firstEntry, step);
        }

        @Override
        public void setLeaves(int cpu, int level, long table, int first, int count, long[] entries, int from) {
            right.setLeaves(cpu, level, table, first, count, entries, from);
        }

        @Override
        public int modifyLeaves(int cpu, int level, long table, int first, int count, long clearBits, long setBits) {
            if (fault == PROTECT_SKIPS_THE_COPIES) {
                int changed = 0;
                for (int i = first; i < first + count; i++) {
                    long entry = memory.read(table, i);
                    if (Pte.isLeaf(entry, level)) {
                        memory.write(table, i, (entry & ~clearBits) | setBits);
                        changed++;
                    }
                }
                return changed;
            }
            return right.modifyLeaves(cpu, level, table, first, count, clearBits, setBits);
        }

        @Override
        public int getAndClearLeaves(int cpu, int level, long table, int first, int count, long[] old, int from) {
            long last = lastCopy(table);
            long[] before = new long[count];
            for (int i = 0; i < count; i++) {
                before[i] = memory.read(last, first + i);
            }
            int cleared = right.getAndClearLeaves(cpu, level, table, first, count, old, from);
            if (fault == CLEAR_SKIPS_THE_LAST_COPY && last != table) {
                for (int i = 0; i < count; i++) {
                    memory.write(last, first + i, before[i]);
                }
            }
            return cleared;
        }
    }
}
