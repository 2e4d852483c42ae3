package dev.mitosis.halsim;

import dev.mitosis.hal.KernelMeter;

/**
 * Turns pieces of kernel work into cycles of the processor that does them.
 *
 * <p>Stores to page tables cost their instructions and, for each cache line, the latency of the node that holds it: a line is
 * fetched for ownership. That is what an update of a remote copy costs.
 *
 * <p>Source: the constants are the profile's; the form follows Mitosis (ASPLOS'20) table 5.
 */
final class KernelWork implements KernelMeter {
    private static final int ENTRIES_PER_LINE = 8;

    private final SimBoard board;
    private final MachineProfile profile;
    private final MachineProfile.KernelCosts costs;

    KernelWork(SimBoard board) {
        this.board = board;
        this.profile = board.profile();
        this.costs = profile.kernel();
    }

    @Override
    public void tableStores(int cpu, int node, long entries, long lines) {
        add(cpu, entries * costs.entryCycles() + fetchCycles(cpu, node, entries, lines));
    }

    @Override
    public void tableLoads(int cpu, int node, long entries, long lines) {
        add(cpu, fetchCycles(cpu, node, entries, lines));
    }

    @Override
    public void tableAllocated(int cpu, int node, boolean fromCache) {
        add(cpu, costs.tableAllocateCycles());
    }

    @Override
    public void tableFreed(int cpu, int node) {
        add(cpu, costs.pageFreeCycles());
    }

    @Override
    public void tableCopied(int cpu, int fromNode, int toNode) {
        add(cpu, costs.pageCopyCycles());
    }

    @Override
    public void pagesAllocated(int cpu, int node, int order, long count) {
        add(cpu, (count << order) * costs.pageAllocateCycles());
    }

    @Override
    public void pagesFreed(int cpu, int node, int order, long count) {
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
        board.cpu(cpu).pmu().systemCalls++;
        add(cpu, costs.systemCallCycles());
    }

    @Override
    public void rootLoaded(int cpu, boolean flush) {
        board.cpu(cpu).pmu().rootLoads++;
        add(cpu, costs.rootLoadCycles());
    }

    @Override
    public void localFlush(int cpu) {
        add(cpu, costs.flushCycles());
    }

    @Override
    public void shootdown(int cpu, int targets) {
        Pmu pmu = board.cpu(cpu).pmu();
        pmu.shootdownEvents++;
        pmu.shootdownIpis += targets;
        add(cpu, costs.shootdownCycles() + (long) targets * costs.shootdownTargetCycles());
    }

    /** A single entry is one of a run of faults: eight neighbours share the fetch of their line. */
    private long fetchCycles(int cpu, int node, long entries, long lines) {
        long cycles = lines * latencyCycles(cpu, node);
        return entries == 1 ? cycles / ENTRIES_PER_LINE : cycles;
    }

    private int latencyCycles(int cpu, int node) {
        return board.topology().nodeOfCpu(cpu) == node ? profile.memoryLocalCycles() : profile.memoryRemoteCycles();
    }

    private void add(int cpu, long cycles) {
        board.cpu(cpu).pmu().kernelCycles += cycles;
    }
}
