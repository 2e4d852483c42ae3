package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.mechanism.ReplicaAudit;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Populating a range is what a fault for each page in the order of addresses is: the same words in the same table frames on every copy,
 * the same frames of data, the same counters; also where pages are there already, nodes are full, or memory ends.
 */
class PopulateRangeProperties {
    private static final int NODES = 4;
    private static final long VA = 1L << 34;
    /** More than four leaf tables. */
    private static final int PAGES = 2300;

    private static final int TABLES_LOOKED_AT = 192;
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANONYMOUS = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED;

    private static final Mempolicy[] POLICIES = {
        Mempolicy.LOCAL,
        Mempolicy.interleave(0b1011),
        Mempolicy.bind(0b0100),
        Mempolicy.preferred(3),
        new Mempolicy(Mempolicy.Kind.PREFERRED_MANY, 0b0110),
        Mempolicy.interleave(0b1111)
    };

    @Property(tries = 150)
    void aRangeIsItsPagesOneByOne(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = NODES) int copies, @ForAll boolean thp) {
        Machine range = new Machine(new Random(seed), copies, thp);
        Machine single = new Machine(new Random(seed), copies, thp);
        assertEquals(single.state(), range.state(), "before");
        String ofRange = range.populate();
        String ofSingles = single.faultEach();
        assertEquals(ofSingles, ofRange, "outcome");
        assertEquals(String.join("\n", single.state()), String.join("\n", range.state()), "after " + ofSingles);
        assertEquals(List.of(), range.audit());
        if (ofRange.isEmpty()) {
            assertTrue(range.task.mm().residentFrames() >= range.toPage - range.fromPage, "pages are missing");
        }
    }

    /** A machine whose past, memory and policies the random numbers decide, with one region. */
    private static final class Machine implements Board, Processors {
        final Topology topology;
        final ArrayMemory memory = new ArrayMemory(NODES, false);
        final FrameAllocator frames;
        final ReplicatedPageTableOps ops;
        final Replicator replicator;
        final Kernel kernel;
        final Task task;
        final long fromPage;
        final long toPage;
        final Counts counts = new Counts();

        Machine(Random random, int copies, boolean thp) {
            // Plenty; or so little that nodes are filled on the way, and now and then all of them.
            long framesPerNode = random.nextBoolean() ? 1 << 14 : 512L * (1 + random.nextInt(4));
            topology = Topology.uniform(NODES, 2, framesPerNode);
            frames = new FrameAllocator(topology, memory);
            ops = new ReplicatedPageTableOps(topology, memory, frames, counts);
            KernelSettings settings = KernelSettings.DEFAULT.withThp(thp).withLevels(random.nextBoolean() ? 4 : 5);
            kernel = new Kernel(this, frames, ops, PageTableEvents.NONE, settings);
            replicator = new Replicator(kernel, ops);
            Task other = kernel.spawn(random.nextInt(topology.cpus()), policy(random));
            task = kernel.clone(other, (other.cpu() + 1 + random.nextInt(topology.cpus() - 1)) % topology.cpus());
            if (copies > 1) {
                replicator.replicate(task.mm(), (1L << copies) - 1);
            }
            int startPage = random.nextInt(700);
            kernel.mmap(task, VA + ((long) startPage << 12), (long) PAGES << 12, RW, ANONYMOUS | Abi.MAP_NORESERVE);
            if (random.nextBoolean()) {
                Mempolicy policy = policy(random);
                if (policy.nodeMask() != 0) {
                    int first = startPage + random.nextInt(PAGES / 2);
                    kernel.mbind(task, VA + ((long) first << 12), 300 << 12, policy);
                }
            }
            for (int touches = random.nextInt(6); touches > 0; touches--) {
                touch(other, startPage + random.nextInt(PAGES), random.nextBoolean());
            }
            fromPage = (long) startPage + random.nextInt(PAGES / 2);
            toPage = fromPage + 1 + random.nextInt(PAGES - (int) (fromPage - startPage));
        }

        private static Mempolicy policy(Random random) {
            return POLICIES[random.nextInt(POLICIES.length)];
        }

        private void touch(Task by, long page, boolean isWrite) {
            long va = VA + (page << 12);
            if (kernel.translate(by.mm(), va) == Pte.NONE) {
                kernel.pageFault(by.cpu(), va, isWrite ? TrapHandler.WRITE : 0);
            }
        }

        /** Returns how it failed, or nothing. */
        String populate() {
            try {
                kernel.populate(task, VA + (fromPage << 12), toPage - fromPage << 12, true);
                return "";
            } catch (KernelException failed) {
                return failed.errno().name();
            }
        }

        /** What a program does that writes to each page. */
        String faultEach() {
            for (long page = fromPage; page < toPage; page++) {
                long va = VA + (page << 12);
                for (long entry = entry(va); (entry & Pte.WRITE) == 0; entry = entry(va)) {
                    int present = Pte.isPresent(entry) ? TrapHandler.PRESENT : 0;
                    if (!kernel.pageFault(task.cpu(), va, TrapHandler.WRITE | present)) {
                        return "ENOMEM";
                    }
                }
            }
            return "";
        }

        private long entry(long va) {
            return kernel.translate(task.mm(), va);
        }

        List<String> audit() {
            return new ReplicaAudit(memory, ops).violations(task.mm().pageTable());
        }

        /** All that must be the same; long runs of words as their hash. */
        List<String> state() {
            List<String> state = new ArrayList<>();
            for (int node = 0; node < NODES; node++) {
                state.add("node " + node + ": free " + frames.freeFrames(node) + ", data " + frames.dataFrames(node)
                        + ", tables " + frames.tableFrames(node) + ", resident "
                        + task.mm().residentFrames(node)
                        + ", copies lacking " + replicator.counters().replicasLacking(node));
                assertTrue(frames.tableFrames(node) < TABLES_LOOKED_AT, "tables that nobody looks at");
                for (int table = 0; table < TABLES_LOOKED_AT; table++) {
                    long hash = 0;
                    for (int index = 0; index < PagingLevel.ENTRIES; index++) {
                        hash = hash * 0x9E37_79B9_7F4A_7C15L + memory.read(Frames.pfn(node, table), index);
                    }
                    if (hash != 0) {
                        state.add("table " + node + ":" + table + " " + Long.toHexString(hash));
                    }
                }
            }
            state.add("sets " + replicator.counters().sets());
            state.add("next turn " + task.nextTurn());
            state.add(counts.sums.toString());
            state.add(kernel.vmstat().toString());
            return state;
        }

        @Override
        public Topology topology() {
            return topology;
        }

        @Override
        public PhysicalMemory memory() {
            return memory;
        }

        @Override
        public Processors processors() {
            return this;
        }

        @Override
        public KernelMeter meter() {
            return counts;
        }

        @Override
        public void install(TrapHandler handler) {
            // The faults are made by name.
        }

        @Override
        public void loadRoot(int cpu, long root, int levels, int pcid, boolean flush) {}

        @Override
        public void invalidateRange(int cpu, int pcid, long startVa, long endVa) {}

        @Override
        public void invalidateAll(int cpu, int pcid) {}
    }

    /** What the kernel did, apart from traps and the way to tables, which a range spares. */
    private static final class Counts implements KernelMeter {
        final Map<String, Long> sums = new TreeMap<>();

        private void add(String what, long count) {
            sums.merge(what, count, Long::sum);
        }

        @Override
        public void tableStores(int cpu, long table, int first, int count) {
            add("stores on node " + Frames.nodeOf(table) + " by cpu " + cpu, count);
        }

        @Override
        public void tableAllocated(int cpu, int node) {
            add("tables on node " + node + " by cpu " + cpu, 1);
        }

        @Override
        public void tableFreed(int cpu, int node) {
            add("tables freed on node " + node, 1);
        }

        @Override
        public void pagesAllocated(int cpu, int node, int order, long count) {
            add("pages of order " + order + " on node " + node + " by cpu " + cpu, count);
        }

        @Override
        public void pagesFreed(int cpu, int node, int order, long count) {
            add("pages freed of order " + order + " on node " + node, count);
        }

        @Override
        public void localFlush(int cpu) {
            add("flushes by cpu " + cpu, 1);
        }

        @Override
        public void shootdown(int cpu, int targets) {
            add("shootdowns by cpu " + cpu, targets);
        }
    }
}
