package dev.mitosis.lab.model;

import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.NodeReads.Lines;

/**
 * The cycles of a wide workload by what it read from where: the threads take turns at the walkers of their core, and all of them
 * at the busiest memory.
 *
 * <pre>
 *   alone  = compute + walk + data                                 of all threads, on an idle machine
 *   turns  = walk^2 / (walk + rest)                                waiting for the walk of the other thread of the core
 *   demand = data line x lines of data + table line x lines of tables     that the busiest memory is asked for
 *   T      = a closed queue of as many customers as threads, who think (alone + turns) and ask for demand
 * </pre>
 *
 * <p>Table lines wait at that memory as others do: their share of the waiting is part of the walks.
 *
 * <p>Units: cycles of all hardware threads together.
 *
 * <p>Source: mean value analysis of closed networks (Reiser and Lavenberg, J. ACM 1980), exact for the two threads of a core, and with
 * Schweitzer's approximation at the memory; one page walker for two threads: Intel Optimization Manual 248966, section 2.4.
 *
 * @param profile the machine
 * @param traits of the workload
 * @param scale what a simulated run stands for
 * @param walkScale what its walks take, of what they would
 * @param computeCycles cycles that are neither walk nor data
 * @param dataShare what of the data's latency counts: the rest is overlapped
 * @param dataLineCycles what the busiest memory takes for a simulated line of data
 */
public record QueueingModel(
        MachineProfile profile,
        WorkloadTraits traits,
        double scale,
        double walkScale,
        double computeCycles,
        double dataShare,
        double dataLineCycles) {
    private static final double LINE_BYTES = 64;
    /**
     * The share of its bandwidth at which a memory gives lines of tables: each opens a row for itself.
     *
     * <p>Source: 28 GB/s of a node's memory, Mitosis (ASPLOS'20) section 2.2, of the 64 GB/s that its channels stream.
     */
    private static final double SINGLE_LINES = 28.0 / 64;

    /** A workload that keeps no memory busy and does nothing but walk and wait for data. */
    public static QueueingModel of(MachineProfile profile, WorkloadTraits traits, double scale) {
        return new QueueingModel(profile, traits, scale, 1, 0, 1, 0);
    }

    public QueueingModel withScale(double newScale) {
        return new QueueingModel(profile, traits, newScale, walkScale, computeCycles, dataShare, dataLineCycles);
    }

    public QueueingModel withWalkScale(double newScale) {
        return new QueueingModel(profile, traits, scale, newScale, computeCycles, dataShare, dataLineCycles);
    }

    public QueueingModel withCompute(double cycles) {
        return new QueueingModel(profile, traits, scale, walkScale, cycles, dataShare, dataLineCycles);
    }

    public QueueingModel withDataShare(double share) {
        return new QueueingModel(profile, traits, scale, walkScale, computeCycles, share, dataLineCycles);
    }

    public QueueingModel withDataLine(double cycles) {
        return new QueueingModel(profile, traits, scale, walkScale, computeCycles, dataShare, cycles);
    }

    /** The cycles of the instructions that it stands for, on cores that all their threads share: the least computation there can be. */
    public double instructionCycles(NodeReads reads) {
        return scale * reads.instructions() * traits.baseCpi() * profile.threadsPerCore();
    }

    /** The share of the run time for which the busiest memory is kept busy. */
    public double load(NodeReads reads) {
        return demand(reads) / predict(reads).runtime();
    }

    /** The cycles of the run that these reads are of. */
    public Cycles predict(NodeReads reads) {
        double walk = scale * walkScale * reads.walkCycles(profile);
        double data = dataShare * scale * reads.dataCycles(profile) / traits.memoryParallelism();
        double alone = alone(walk, data);
        double thinking = alone(walk + turns(walk, alone - walk, profile), data);
        double demand = demand(reads);
        double waiting = waiting(thinking, demand, threads(profile));
        double ofTables =
                demand == 0 ? 0 : tableLine(profile) * scale * reads.busiest().tables() / demand;
        return new Cycles(thinking + waiting, walk + waiting * ofTables);
    }

    private double alone(double walk, double data) {
        return computeCycles + traits.walkExposure() * walk + data;
    }

    private double demand(NodeReads reads) {
        Lines lines = reads.busiest();
        return dataLineCycles == 0 ? 0 : dataLineCycles * lines.data() + tableLine(profile) * scale * lines.tables();
    }

    /** What the busiest memory must be asked for at least: as if all lines of data were streamed. */
    public double leastDemand(NodeReads reads) {
        Lines lines = reads.busiest();
        return scale * tableLine(profile) * (SINGLE_LINES * lines.data() + lines.tables());
    }

    /** Cycles of all threads for which the memory of a node gives one line. */
    private static double tableLine(MachineProfile profile) {
        double megabytesPerSecond = SINGLE_LINES * profile.links().link(0, 0).megabytesPerSecond();
        return threads(profile) * LINE_BYTES * profile.frequencyMhz() / megabytesPerSecond;
    }

    public static int threads(MachineProfile profile) {
        return profile.sockets() * profile.coresPerSocket() * profile.threadsPerCore();
    }

    /** Cycles for which a thread waits until the walker of its core has done the other thread's walk; none where each has one. */
    public static double turns(double walk, double rest, MachineProfile profile) {
        return profile.walkers() >= profile.threadsPerCore() || walk == 0 ? 0 : walk * walk / (walk + rest);
    }

    /**
     * Cycles at a queue of customers who think and ask for so many cycles of it, of all of them together: the root of
     * w^2 + (thinking - demand) w = thinking x demand / customers.
     */
    public static double waiting(double thinking, double demand, int customers) {
        double free = thinking - demand;
        return (Math.sqrt(free * free + 4 * thinking * demand / customers) - free) / 2;
    }
}
