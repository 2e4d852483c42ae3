package dev.mitosis.lab.model;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.machine.MachineProfile;
import java.util.List;

/**
 * What the processors of each node read from where, of a run on all sockets; the weighted sum of several such runs is one too.
 *
 * <p>Shape: {@code [node of the processor][source]}, sources as in {@link Pmu}. Tables are the guest's and the extended ones together.
 */
public final class NodeReads {
    /**
     * What another socket's cache takes to answer, of what its memory takes: some 90 ns of 146 ns.
     *
     * <p>Source: Molka et al. (ICPP'15), Haswell-EP, from memory: 86 to 104 ns for lines in another socket's last level, by their state.
     */
    public static final double HELD_LATENCY = 0.62;

    private final double[][] tables;
    private final double[][] data;
    /** Of these what another socket's caches held. */
    private final double[][] tablesHeld;

    private final double[][] dataHeld;
    private final double[] walks;
    private double instructions;

    private NodeReads(int nodes) {
        int sources = Pmu.MEMORY + nodes;
        tables = new double[nodes][sources];
        data = new double[nodes][sources];
        tablesHeld = new double[nodes][sources];
        dataHeld = new double[nodes][sources];
        walks = new double[nodes];
    }

    /** Nothing read yet. */
    public static NodeReads none(int nodes) {
        return new NodeReads(nodes);
    }

    /** Adds walks and instructions of the processors of a node. */
    public NodeReads walk(int cpuNode, double count, double executed) {
        walks[cpuNode] += count;
        instructions += executed;
        return this;
    }

    /** Adds reads of table entries from a source, and how many of them another socket's caches held: a sample, at the most all. */
    public NodeReads readTables(int cpuNode, int source, double reads, double held) {
        tables[cpuNode][source] += reads;
        tablesHeld[cpuNode][source] += Math.min(held, reads);
        return this;
    }

    /** Adds reads of data likewise. */
    public NodeReads readData(int cpuNode, int source, double reads, double held) {
        data[cpuNode][source] += reads;
        dataHeld[cpuNode][source] += Math.min(held, reads);
        return this;
    }

    /** The counters of the processors of each node. */
    public static NodeReads of(List<Pmu> countsOfNode) {
        NodeReads reads = none(countsOfNode.size());
        for (int node = 0; node < countsOfNode.size(); node++) {
            Pmu counts = countsOfNode.get(node);
            reads.walk(node, (double) counts.walks, (double) counts.instructions);
            for (int source = 0; source < counts.sources(); source++) {
                double ofData = counts.dataReads(source);
                double ofDataHeld = counts.dataReadsHeld(source);
                reads.readData(node, source, ofData, ofDataHeld);
                double entries = 0;
                double held = 0;
                for (int level = 1; level < Pmu.LEVELS; level++) {
                    entries += counts.walkReads(level, source) + counts.eptReads(level, source);
                    held += counts.walkReadsHeld(level, source) + counts.eptReadsHeld(level, source);
                }
                reads.readTables(node, source, entries, held);
            }
        }
        return reads;
    }

    /** {@code (1 - share)} of one and {@code share} of the other. */
    public static NodeReads mix(NodeReads one, NodeReads other, double share) {
        NodeReads mixed = none(one.walks.length);
        mixed.add(one, 1 - share);
        mixed.add(other, share);
        return mixed;
    }

    private void add(NodeReads other, double weight) {
        instructions += weight * other.instructions;
        for (int node = 0; node < walks.length; node++) {
            walks[node] += weight * other.walks[node];
            for (int source = 0; source < tables[node].length; source++) {
                tables[node][source] += weight * other.tables[node][source];
                data[node][source] += weight * other.data[node][source];
                tablesHeld[node][source] += weight * other.tablesHeld[node][source];
                dataHeld[node][source] += weight * other.dataHeld[node][source];
            }
        }
    }

    /** Instructions of all processors. */
    public double instructions() {
        return instructions;
    }

    /** Lines that the busiest memory is asked for, of data and of tables. */
    public record Lines(double data, double tables) {
        double all() {
            return data + tables;
        }
    }

    /**
     * What the memory that most lines come from is asked for. A line that another cache gives sooner counts too: its home reads memory for the
     * directory, or ahead of the answer.
     *
     * <p>Source: Molka et al. (ICPP'15), sections III and IV, Haswell-EP: home snoop reads memory at once, and its directory is in memory.
     */
    public Lines busiest() {
        Lines most = new Lines(0, 0);
        for (int source = Pmu.MEMORY; source < Pmu.MEMORY + walks.length; source++) {
            double ofData = 0;
            double ofTables = 0;
            for (int cpuNode = 0; cpuNode < walks.length; cpuNode++) {
                ofData += data[cpuNode][source];
                ofTables += tables[cpuNode][source];
            }
            Lines lines = new Lines(ofData, ofTables);
            most = lines.all() > most.all() ? lines : most;
        }
        return most;
    }

    /** The share of all cycles that walks take on an idle machine in the model of the processor. */
    public double walkShare(MachineProfile profile, WorkloadTraits traits) {
        double walk = walkCycles(profile);
        double data = dataCycles(profile) / traits.memoryParallelism();
        double compute = instructions * traits.baseCpi();
        return walk / (compute + traits.walkExposure() * walk + data);
    }

    /** Cycles of walks, of all processors, in all tables, when no memory is busy. */
    public double walkCycles(MachineProfile profile) {
        double cycles = 0;
        for (int cpuNode = 0; cpuNode < walks.length; cpuNode++) {
            cycles += walks[cpuNode] * profile.walkStartCycles();
            for (int source = 0; source < tables[cpuNode].length; source++) {
                cycles += cycles(profile, cpuNode, source, tables[cpuNode][source], tablesHeld[cpuNode][source]);
            }
        }
        return cycles;
    }

    /** Latency of the data accesses beyond the first-level cache, of all processors, as if none overlapped and no memory were busy. */
    public double dataCycles(MachineProfile profile) {
        double cycles = 0;
        for (int cpuNode = 0; cpuNode < walks.length; cpuNode++) {
            for (int source = Pmu.L2; source < data[cpuNode].length; source++) {
                cycles += cycles(profile, cpuNode, source, data[cpuNode][source], dataHeld[cpuNode][source]);
            }
        }
        return cycles;
    }

    /** What reads take. A line that another cache holds comes from there, but from memory where that is the reader's own, and nearer. */
    private static double cycles(MachineProfile profile, int cpuNode, int source, double reads, double held) {
        return switch (source) {
            case Pmu.L1 -> reads * profile.l1().latencyCycles();
            case Pmu.L2 -> reads * profile.l2().latencyCycles();
            case Pmu.LAST -> reads * profile.last().latencyCycles();
            default -> {
                int node = source - Pmu.MEMORY;
                double latency = profile.links().link(cpuNode, node).latencyCycles();
                double given = node == cpuNode ? 0 : held;
                yield latency * (reads - given * (1 - HELD_LATENCY));
            }
        };
    }
}
