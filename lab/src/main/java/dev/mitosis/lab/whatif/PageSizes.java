package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.lab.replay.ProgramReplay;
import dev.mitosis.lab.replay.ThreadPlacement;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.SharedReading;
import dev.mitosis.workloads.trace.TracePart;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a recorded program takes on one node with base pages and with huge ones, alone and beside a neighbour that keeps the memory busy:
 * what any machine can measure, also one with a single node.
 *
 * <p>Shape: in a recording that calls getppid, what lies between its first two calls counts; else all of it.
 */
public final class PageSizes {
    private static final int GETPPID = 110;

    private final MachineProfile profile;
    private final boolean isInGuest;
    private final long seed;

    /** Predictions for a machine, or for a guest on it whose memory is the host's base pages. */
    public PageSizes(MachineProfile profile, boolean isInGuest, long seed) {
        this.profile = profile;
        this.isInGuest = isInGuest;
        this.seed = seed;
    }

    /** A ratio of run times, and the ends of its interval. */
    public record Ratio(double low, double value, double high) {}

    /**
     * What is predicted.
     *
     * @param hugeSpeedup base pages over huge ones
     * @param busySlowdown with base pages: beside a neighbour over alone
     */
    public record Prediction(Ratio hugeSpeedup, Ratio busySlowdown) {}

    /** Simulates a trace with both kinds of pages. */
    public Prediction predict(Path trace) throws IOException {
        Simulation base = new Simulation(false);
        Simulation huge = new Simulation(true);
        try (SharedReading reading = new SharedReading(trace, List.of(base.sink(), huge.sink()))) {
            reading.work();
        }
        ProgramSimulation.PolicyCosts small = base.costs();
        ProgramSimulation.PolicyCosts large = huge.costs();
        List<Double> speedups = new ArrayList<>();
        List<Double> slowdowns = new ArrayList<>();
        for (double beside : Spread.BESIDE_WALKS) {
            double alone = small.cycles(beside, 0).runtime();
            speedups.add(alone / large.cycles(beside, 0).runtime());
            slowdowns.add(small.cycles(beside, 1).runtime() / alone);
        }
        return new Prediction(ratio(speedups), ratio(slowdowns));
    }

    private static Ratio ratio(List<Double> values) {
        double low = Math.min(values.get(0), Math.min(values.get(1), values.get(2)));
        double high = Math.max(values.get(0), Math.max(values.get(1), values.get(2)));
        return new Ratio(low, values.get(1), high);
    }

    private final class Simulation {
        private final Machine machine;
        private final ProgramReplay replay;
        private final CountedPart counted;
        private Pmu[] seen;
        private int calls;

        Simulation(boolean isHuge) {
            KernelSettings settings = KernelSettings.DEFAULT.withThp(isHuge);
            machine = isInGuest
                    ? Machine.inGuest(profile, settings, new FirstTouch(), seed)
                    : new Machine(profile, settings, new FirstTouch(), seed);
            replay = new ProgramReplay(
                    machine, ThreadPlacement.onNode(machine.board().topology(), 0));
            counted = new CountedPart(machine.board(), replay);
            machine.board().sample();
            seen = counted.soFar();
        }

        TraceSink sink() {
            return new ForwardingSink(replay) {
                @Override
                public void systemCall(int process, int thread, int number, long[] args, long result) {
                    super.systemCall(process, thread, number, args, result);
                    if (number == GETPPID && ++calls == 1) {
                        counted.restart();
                        machine.board().sample();
                    } else if (number == GETPPID && calls == 2) {
                        seen = counted.soFar();
                    }
                }

                @Override
                public void part(TracePart part) {
                    super.part(part);
                    counted.part(part);
                }
            };
        }

        ProgramSimulation.PolicyCosts costs() {
            Pmu[] counts = calls >= 2 ? seen : counted.estimate();
            return new ProgramSimulation.PolicyCosts(
                    profile, counts, Math.max(1, replay.tasks().size()), machine.board());
        }
    }
}
