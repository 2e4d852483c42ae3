package dev.mitosis.halsim.cpu;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.halsim.cache.CoreCaches;
import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.x86.PagingLevel;
import java.util.Arrays;

/**
 * Turns pieces of kernel work into cycles of the processor that does them.
 *
 * <p>Entries of page tables go through the processor's simulated caches, line by line: what is cached is cheap, what another node
 * holds is not, and what the kernel touches pushes out what the program had there. A line that follows the one before it in the
 * same table was fetched ahead, and a plain store waits in the store buffer while the processor goes on: of their latency only the
 * share of one of {@value #LINES_IN_FLIGHT} requests in flight is seen. Loads and locked exchanges wait.
 *
 * <p>Pages that were freed a short while ago are still in the last-level cache and are taken first: zeroing them costs less.
 *
 * <p>Source: the constants are the profile's; the pieces of an update follow Mitosis (ASPLOS'20) §5.2 and §8.3; requests in flight:
 * Intel Optimization Manual 248966, section 2.4.5.4 (streamer; 16 entries of the second level's queue).
 */
public final class KernelCostMeter implements KernelMeter {
    private static final int LINES_IN_FLIGHT = 16;
    /** Streams that are told apart: 4 a node, by the number of the table. */
    private static final int STREAMS_PER_NODE = 4;

    private final MachineProfile profile;
    private final Cpu[] cpus;
    private final MachineProfile.KernelCosts costs;
    private final PhysicalLines lines;
    /** The line that the last access of each stream went to, by processor. */
    private final long[][] streams;

    /** The lines of a range of entries, and what answered each. */
    private final long[] asked = new long[PagingLevel.ENTRIES];

    private final byte[] where = new byte[PagingLevel.ENTRIES];

    /** Pages freed on a node that its last-level cache still holds. */
    private final long[] cachedFreePages;

    private boolean billsReceivers;

    /** A meter for the processors of a machine. */
    public KernelCostMeter(MachineProfile profile, Cpu[] cpus, PhysicalLines lines) {
        this.profile = profile;
        this.cpus = cpus.clone();
        this.costs = profile.kernel();
        this.lines = lines;
        this.streams = new long[cpus.length][];
        this.cachedFreePages = new long[profile.nodes()];
    }

    /** Makes a processor that is interrupted to flush pay for its own flush; without this call only the sender pays. */
    public void billReceivers() {
        billsReceivers = true;
    }

    @Override
    public void tableLoads(int cpu, long table, int first, int count) {
        add(cpu, count + fetchCycles(cpu, table, first, count, true));
    }

    @Override
    public void tableStores(int cpu, long table, int first, int count) {
        add(cpu, count + fetchCycles(cpu, table, first, count, false));
    }

    @Override
    public void tableExchanges(int cpu, long table, int first, int span, int count) {
        add(cpu, span - count + (long) count * costs.exchangeCycles() + fetchCycles(cpu, table, first, span, true));
    }

    @Override
    public void ringHops(int cpu, long count) {
        add(cpu, count * costs.ringHopCycles());
    }

    @Override
    public void entriesChanged(int cpu, long count) {
        add(cpu, count * costs.entryCycles());
    }

    @Override
    public void tableAllocated(int cpu, int node) {
        add(cpu, costs.tableAllocateCycles());
    }

    @Override
    public void tableFreed(int cpu, int node) {
        add(cpu, costs.pageFreeCycles());
    }

    @Override
    public void tableCopied(int cpu, long from, long to) {
        add(cpu, costs.pageCopyCycles());
    }

    @Override
    public void pagesAllocated(int cpu, int node, int order, long count) {
        long pages = count << order;
        long cached = Math.min(pages, cachedFreePages[node]);
        cachedFreePages[node] -= cached;
        add(
                cpu,
                count * costs.pageAllocateCycles()
                        + cached * costs.pageZeroCachedCycles()
                        + (pages - cached) * costs.pageZeroCycles());
    }

    @Override
    public void pagesFreed(int cpu, int node, int order, long count) {
        long capacity = profile.last().sizeBytes() >>> Frames.PAGE_SHIFT;
        cachedFreePages[node] = Math.min(capacity, cachedFreePages[node] + (count << order));
        add(cpu, count * costs.pageFreeCycles());
    }

    @Override
    public void pageCopied(int cpu, int fromNode, int toNode, int order) {
        add(cpu, (1L << order) * costs.pageCopyCycles());
    }

    @Override
    public void pageFault(int cpu) {
        add(cpu, costs.pageFaultCycles());
    }

    @Override
    public void systemCall(int cpu) {
        cpus[cpu].pmu().systemCalls++;
        add(cpu, costs.systemCallCycles());
    }

    @Override
    public void areaInserted(int cpu) {
        add(cpu, costs.areaInsertCycles());
    }

    @Override
    public void areaRemoved(int cpu) {
        add(cpu, costs.areaRemoveCycles());
    }

    @Override
    public void rootLoaded(int cpu, boolean flush) {
        cpus[cpu].pmu().rootLoads++;
        add(cpu, costs.rootLoadCycles());
    }

    @Override
    public void localFlush(int cpu) {
        add(cpu, costs.flushCycles());
    }

    @Override
    public void flushReceived(int cpu) {
        if (billsReceivers) {
            add(cpu, costs.flushCycles());
        }
    }

    @Override
    public void shootdown(int cpu, int targets) {
        Pmu pmu = cpus[cpu].pmu();
        pmu.shootdownEvents++;
        pmu.shootdownIpis += targets;
        add(cpu, costs.shootdownCycles() + (long) targets * costs.shootdownTargetCycles());
    }

    /** The wait is taken for that of a broadcast, and a message for a locked store: no machine's numbers are published. */
    @Override
    public void remoteActions(int cpu, int targets) {
        cpus[cpu].pmu().shootdownEvents++;
        add(cpu, costs.broadcastFlushCycles() + (long) targets * costs.exchangeCycles());
    }

    @Override
    public void broadcastFlush(int cpu) {
        cpus[cpu].pmu().shootdownEvents++;
        add(cpu, costs.broadcastFlushCycles());
    }

    /** Brings the lines of a range of entries to the processor, and says how long it waits for them. */
    private long fetchCycles(int cpu, long table, int first, int count, boolean waits) {
        if (count == 0) {
            return 0;
        }
        long[] tails = streams[cpu];
        if (tails == null) {
            tails = new long[profile.nodes() * STREAMS_PER_NODE];
            Arrays.fill(tails, -1);
            streams[cpu] = tails;
        }
        int stream = Frames.nodeOf(table) * STREAMS_PER_NODE + (int) (table & (STREAMS_PER_NODE - 1));
        long tail = tails[stream];
        long last = lines.number(PhysicalLines.ofEntry(table, first + count - 1));
        long from = lines.number(PhysicalLines.ofEntry(table, first));
        int size = 0;
        for (long line = from == tail ? from + 1 : from; line <= last; line++) {
            asked[size++] = line;
        }
        cpus[cpu].caches().find(asked, 0, size, 0, where);
        long cycles = 0;
        for (int i = 0; i < size; i++) {
            int latency = latencyCycles(cpu, where[i], table);
            cycles += asked[i] == tail + 1 || !waits ? latency / LINES_IN_FLIGHT : latency;
            tail = asked[i];
        }
        tails[stream] = tail;
        return cycles;
    }

    /** What the processor waits beyond a hit in its first level. */
    private int latencyCycles(int cpu, int where, long table) {
        return switch (where) {
            case CoreCaches.L1 -> 0;
            case CoreCaches.L2 -> profile.l2().latencyCycles();
            case CoreCaches.LAST -> profile.last().latencyCycles();
            default ->
                profile.links().link(cpus[cpu].node(), Frames.nodeOf(table)).latencyCycles();
        };
    }

    private void add(int cpu, long cycles) {
        cpus[cpu].pmu().kernelCycles += cycles;
    }
}
