package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.halsim.machine.NodeLinks.Link;
import dev.mitosis.lab.counters.CounterSample;
import dev.mitosis.lab.counters.Counters;
import dev.mitosis.lab.counters.Estimate;
import dev.mitosis.lab.counters.Quantity;
import java.util.List;
import java.util.Optional;

/**
 * What counters alone, without a recording, say about page-table placement: bounds.
 *
 * <p>Only the reads of leaf tables that memory answers depend on where tables are. Which share of a walk's cycles those are is counted by few
 * processors; where it is not, none and all of them are the bounds.
 *
 * <pre>
 *   moved   tables stay behind:       walk x (remote / local - 1) cycles more, which moving the tables wins back
 *   wide    leaf tables everywhere:   of walk x, the part that other nodes answer gets local with copies
 * </pre>
 *
 * <p>Source: W = W0 ((1 - x) + x L / L local), of Mitosis (ASPLOS'20) §3.2 and figure 6.
 */
public final class CountersAlone {
    private final MachineProfile profile;
    private final Counters counters;

    public CountersAlone(MachineProfile profile, Counters counters) {
        if (profile.nodes() < 2) {
            throw new IllegalArgumentException("on one socket every page table is local; use --sockets 2 or more");
        }
        if (counters.samples().stream().noneMatch(sample -> sample.hasActive() || sample.hasPending())) {
            throw new IllegalArgumentException("without a program, counters must have cycles of page walks, such as"
                    + " dtlb_load_misses.walk_active; give the program or its trace too");
        }
        this.profile = profile;
        this.counters = counters;
    }

    /**
     * An answer.
     *
     * @param walkShare of all cycles
     * @param memoryShare cycles of walks that memory takes to answer; empty where it was not counted
     */
    public record Bounds(
            String machine, int samples, Estimate walkShare, Optional<Estimate> memoryShare, List<Bound> scenarios) {}

    /**
     * The speedup of tables that are local.
     *
     * @param most if memory answers every read; counted, if it answers as many as were counted
     */
    public record Bound(Scenario scenario, Estimate most, Optional<Estimate> counted) {}

    public Bounds answer() {
        List<CounterSample> samples = counters.samples();
        return new Bounds(
                profile.name(),
                samples.size(),
                Estimate.of(samples, this::walkShare),
                counted() ? Optional.of(Estimate.of(samples, this::memoryShare)) : Optional.empty(),
                List.of(bound(Scenario.WIDE), bound(Scenario.MOVED)));
    }

    private Bound bound(Scenario scenario) {
        List<CounterSample> samples = counters.samples();
        return new Bound(
                scenario,
                Estimate.of(samples, sample -> speedup(scenario, walkShare(sample), 1)),
                counted()
                        ? Optional.of(Estimate.of(
                                samples, sample -> speedup(scenario, walkShare(sample), memoryShare(sample))))
                        : Optional.empty());
    }

    private double speedup(Scenario scenario, double walkShare, double memoryShare) {
        double local = latency(0, 0);
        if (scenario == Scenario.MOVED) {
            return 1 + walkShare * memoryShare * (latency(1, 0) / local - 1);
        }
        double anywhere = 0;
        for (int node = 0; node < profile.nodes(); node++) {
            anywhere += latency(0, node) / profile.nodes();
        }
        return 1 / (1 - walkShare * memoryShare * (1 - local / anywhere));
    }

    private boolean counted() {
        return counters.samples().stream()
                .allMatch(sample -> sample.has(Quantity.WALKER_READS_MEMORY) && sample.walks() > 0);
    }

    /** Of the cycles; two walks at a time count once. */
    private double walkShare(CounterSample sample) {
        double cycles = sample.count(Quantity.CYCLES);
        double walk = sample.hasActive()
                ? sample.activeCycles()
                : sample.pendingCycles() > cycles ? sample.pendingCycles() / profile.walkers() : sample.pendingCycles();
        if (walk >= cycles) {
            throw new IllegalArgumentException(
                    sample.name() + ": walks take as many cycles as were counted, or more; is it another run?");
        }
        return walk / cycles;
    }

    /** Reads that memory answered, at the idle latency of local memory, of the cycles of walks. */
    private double memoryShare(CounterSample sample) {
        double walk = sample.hasPending() ? sample.pendingCycles() : sample.activeCycles();
        double memory = sample.count(Quantity.WALKER_READS_MEMORY) * latency(0, 0);
        return walk == 0 ? 0 : Math.min(1, memory / walk);
    }

    private double latency(int from, int to) {
        Link link = profile.links().link(from, to);
        return link.latencyCycles();
    }
}
