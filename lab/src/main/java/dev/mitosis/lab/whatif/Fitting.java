package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.counters.CounterSample;
import dev.mitosis.lab.counters.Counters;
import dev.mitosis.lab.counters.Estimate;
import dev.mitosis.lab.counters.Quantity;
import dev.mitosis.lab.whatif.CounterFit.Explanation;
import dev.mitosis.lab.whatif.FittedAnswer.FittedRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Puts a scenario's simulations and counters of the program together. */
final class Fitting {
    private static final double THOUSAND = 1000;

    private final Counters counters;
    private final CostParts home;
    private final CounterFit fit;

    /**
     * A fit of one scenario.
     *
     * @param firstTouch whose run, where its memory is, is what was counted
     */
    Fitting(MachineProfile profile, Counters counters, PolicyOutcome firstTouch) {
        this.counters = counters;
        home = firstTouch.home();
        if (home.instructions() == 0) {
            throw new IllegalArgumentException("counters can only be fitted to a trace that has instructions");
        }
        fit = new CounterFit(profile, home, firstTouch.costs().memoryParallelism(), counters.isUserOnly());
    }

    FittedAnswer answer(Scenario scenario, List<PolicyOutcome> outcomes) {
        PolicyOutcome base = outcomes.get(0);
        long busy = scenario == Scenario.MOVED ? base.leftBehind() : 0;
        CounterSample all = CounterSample.sum(counters.samples());
        List<FittedRow> rows = new ArrayList<>();
        for (PolicyOutcome outcome : outcomes) {
            rows.add(new FittedRow(
                    outcome.result().policy(),
                    Estimate.of(counters.samples(), speedup(base, outcome, 0, Explanation.FIXED)),
                    Estimate.of(counters.samples(), speedup(base, outcome, busy, Explanation.FIXED)),
                    speedup(base, outcome, 0, Explanation.MEMORY).applyAsDouble(all)));
        }
        double instructions = all.count(Quantity.INSTRUCTIONS);
        FittedCosts costs = fit.fit(all, Explanation.FIXED);
        return new FittedAnswer(
                costs,
                counters.samples().size(),
                CounterFit.residual(counters.samples()),
                all.hasWalks() ? THOUSAND * all.walks() / instructions : Double.NaN,
                THOUSAND * home.walks() / home.instructions(),
                costs.walk(home) * all.count(Quantity.INSTRUCTIONS) / home.instructions() / all.count(Quantity.CYCLES),
                rows);
    }

    private ToDoubleFunction<CounterSample> speedup(
            PolicyOutcome base, PolicyOutcome outcome, long busy, Explanation explanation) {
        CostParts from = base.costs().parts(busy);
        CostParts to = outcome.costs().parts(busy);
        return sample -> {
            FittedCosts costs = fit.fit(sample, explanation);
            return costs.runtime(from) / costs.runtime(to);
        };
    }

    /** The verdict under the fit: what loading and moving cost more is taken from the simulation. */
    static Verdict judge(Scenario scenario, FittedAnswer answer, List<PolicyRow> rows) {
        int best = 0;
        for (int i = 1; i < rows.size(); i++) {
            best = net(answer, rows, i) > net(answer, rows, best) + Advice.NOISE ? i : best;
        }
        FittedRow row = answer.rows().get(best);
        String judged = "Judged " + scenario.description() + " (" + scenario.label() + "), by the counters: ";
        if (best > 0 && net(answer, rows, best) >= Advice.WORTH) {
            String sure = !row.speedup().hasInterval()
                    ? "one sample, so no interval"
                    : "95 % interval " + row.speedup().interval()
                            + (row.speedup().low() <= 1 ? ", which holds 1: count longer to be sure" : "");
            return new Verdict(
                    true,
                    row.policy(),
                    row.speedup().value(),
                    judged
                            + String.format(
                                    Locale.ROOT,
                                    "yes, %s makes it %.2fx as fast (%s%s); page walks are %.1f%% of its cycles where"
                                            + " its memory is.",
                                    row.policy(),
                                    row.speedup().value(),
                                    sure,
                                    Math.abs(row.ifMemory() - row.speedup().value()) < Advice.WORTH - 1
                                            ? ""
                                            : String.format(
                                                    Locale.ROOT,
                                                    "; %.2fx if page tables in memory make walks differ from simulated",
                                                    row.ifMemory()),
                                    100 * answer.countedWalkShare()));
        }
        return new Verdict(
                false,
                "first-touch",
                1,
                judged
                        + String.format(
                                Locale.ROOT,
                                "no benefit; page walks are %.1f%% of its cycles where its memory is.",
                                100 * answer.countedWalkShare()));
    }

    private static double net(FittedAnswer answer, List<PolicyRow> rows, int index) {
        return 1
                / (1 / answer.rows().get(index).speedup().value()
                        + Math.max(0, rows.get(index).oneOffShare()));
    }

    /** The parts of a run as it is counted where its memory is: all of it, taken for local after a move. */
    static CostParts home(MachineProfile profile, Pmu[] loading, Pmu[] seen, boolean isMoved) {
        return CostParts.of(profile, loading, 0, false).plus(CostParts.of(profile, seen, 0, isMoved));
    }
}
