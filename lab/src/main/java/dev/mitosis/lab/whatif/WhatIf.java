package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.counters.Counters;
import dev.mitosis.lab.replay.GrowthWatcher;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.workloads.trace.DiscardingSink;
import dev.mitosis.workloads.trace.SharedReading;
import dev.mitosis.workloads.trace.TraceFileReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Compares placement policies for a recorded program: every scenario under every policy, each on a machine of its own, all fed by one
 * reading of the trace.
 *
 * <p>The first policy is the one that the others are measured against; it is first touch.
 *
 * <p>Concurrency: simulations run on {@code threads} host threads; the answer does not depend on how many.
 */
public final class WhatIf {
    private static final int PROGRESS_MILLIS = 200;

    private final MachineProfile profile;
    private final KernelSettings settings;
    private final List<PlacementPolicy> policies;
    private final List<Scenario> scenarios;
    private final long seed;
    private final int threads;
    private boolean isInGuest;
    private Optional<Counters> counters = Optional.empty();
    private Optional<Placement> placement = Optional.empty();

    /** A comparison; with no scenarios given they are chosen by the number of threads of the program. */
    public WhatIf(
            MachineProfile profile,
            KernelSettings settings,
            List<PlacementPolicy> policies,
            List<Scenario> scenarios,
            long seed,
            int threads) {
        if (policies.isEmpty() || !policies.get(0).name().equals("first-touch")) {
            throw new IllegalArgumentException("the first policy is what the others are compared with: first-touch");
        }
        if (profile.nodes() < 2) {
            throw new IllegalArgumentException("on one socket every page table is local; use --sockets 2 or more");
        }
        this.profile = profile;
        this.settings = settings;
        this.policies = List.copyOf(policies);
        this.scenarios = List.copyOf(scenarios);
        this.seed = seed;
        this.threads = threads;
    }

    /** Lets the program run in a guest that sees the machine as it is; what a policy does to its tables is done to the extended table too. */
    public WhatIf inGuest(boolean isWanted) {
        isInGuest = isWanted;
        return this;
    }

    /** Fits the answers to what hardware counted while the program ran, where its memory was, on the machine that is simulated. */
    public WhatIf withCounters(Counters counted) {
        counters = Optional.of(counted);
        return this;
    }

    /** Judges the program where somebody puts it, in place of the scenarios. */
    public WhatIf placed(Optional<Placement> wanted) {
        placement = wanted;
        return this;
    }

    /** Looks through a trace file once, as recording it did. */
    public static Recording scan(Path trace) throws IOException {
        return scan(trace, trace.toString());
    }

    /** The same, where the answer shall speak of {@code program}. */
    public static Recording scan(Path trace, String program) throws IOException {
        long started = System.nanoTime();
        GrowthWatcher growth = new GrowthWatcher(new DiscardingSink());
        if (!new TraceFileReader(trace).replay(growth)) {
            growth.cutShort();
        }
        return recording(program, trace, growth, (System.nanoTime() - started) / 1e9);
    }

    static Recording recording(String program, Path trace, GrowthWatcher growth, double seconds) {
        return new Recording(
                program,
                trace,
                growth.accesses(),
                growth.recorded(),
                growth.entries(),
                growth.instructions(),
                growth.pages(),
                growth.threads(),
                growth.processes(),
                growth.loadedAtAccess(),
                growth.isWhole(),
                seconds);
    }

    /** The scenarios that a recording is judged in: a program of one thread cannot be wide. */
    public List<Scenario> scenarios(Recording recording) {
        if (placement.isPresent()) {
            return List.of(Scenario.PLACED);
        }
        if (!scenarios.isEmpty()) {
            return scenarios;
        }
        return recording.threads() == 1 ? List.of(Scenario.MOVED) : List.of(Scenario.WIDE, Scenario.MOVED);
    }

    /** Accesses that all simulations together will make: the total for {@code progress} of {@link #answer}. */
    public long work(Recording recording) {
        return recording.accesses() * policies.size() * scenarios(recording).size();
    }

    /** Simulates, and tells {@code progress} now and then how many accesses were made. */
    public Answer answer(Recording recording, List<String> notes, LongConsumer progress) throws IOException {
        long started = System.nanoTime();
        List<Scenario> judged = scenarios(recording);
        List<ProgramSimulation> simulations = new ArrayList<>();
        for (Scenario scenario : judged) {
            for (PlacementPolicy policy : policies) {
                simulations.add(new ProgramSimulation(
                        profile, settings, isInGuest, recording, scenario, placement, policy, seed));
            }
        }
        simulate(recording, simulations, progress);
        List<List<PolicyOutcome>> outcomes = new ArrayList<>();
        for (int from = 0; from < simulations.size(); from += policies.size()) {
            outcomes.add(simulations.subList(from, from + policies.size()).stream()
                    .map(ProgramSimulation::outcome)
                    .toList());
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        List<String> all = new ArrayList<>(notes);
        placement.ifPresent(where -> all.add(where.description()));
        return answer(recording, judged, outcomes, all, seconds);
    }

    /** Reads the trace once for all simulations. */
    private void simulate(Recording recording, List<ProgramSimulation> simulations, LongConsumer progress)
            throws IOException {
        AtomicLong done = new AtomicLong();
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try (SharedReading reading = new SharedReading(
                recording.trace(),
                simulations.stream().map(simulation -> simulation.sink(done)).toList())) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < Math.min(threads, simulations.size() + 1); i++) {
                running.add(workers.submit(() -> {
                    reading.work();
                    return null;
                }));
            }
            for (Future<?> worker : running) {
                await(worker, done, progress);
            }
        } finally {
            workers.shutdownNow();
        }
    }

    private static void await(Future<?> worker, AtomicLong done, LongConsumer progress) throws IOException {
        while (true) {
            try {
                worker.get(PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException running) {
                progress.accept(done.get());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException outside) {
                    throw outside;
                }
                if (e.getCause() instanceof RuntimeException known) {
                    throw known;
                }
                if (e.getCause() instanceof OutOfMemoryError full) {
                    throw full;
                }
                throw new IllegalStateException(e.getCause());
            }
        }
    }

    private Answer answer(
            Recording recording,
            List<Scenario> judged,
            List<List<PolicyOutcome>> outcomes,
            List<String> notes,
            double seconds) {
        List<ScenarioAnswer> answers = new ArrayList<>();
        long unexplained = 0;
        long refused = 0;
        for (int i = 0; i < judged.size(); i++) {
            answers.add(compare(judged.get(i), outcomes.get(i)));
            for (PolicyOutcome outcome : outcomes.get(i)) {
                unexplained = Math.max(unexplained, outcome.unexplained());
                refused = Math.max(refused, outcome.refusedCalls());
            }
        }
        return new Answer(
                profile.name(),
                profile.nodes(),
                recording,
                answers,
                seconds,
                work(recording) / seconds,
                unexplained,
                refused,
                notes);
    }

    /** A program that ended before anything counted is as fast under every policy. */
    private static double speedup(double before, double after) {
        return before == 0 && after == 0 ? 1 : before / after;
    }

    private static double share(double part, double all) {
        return all == 0 ? 0 : part / all;
    }

    private ScenarioAnswer compare(Scenario scenario, List<PolicyOutcome> outcomes) {
        PolicyOutcome base = outcomes.get(0);
        long busy = base.leftBehind();
        List<PolicyRow> rows = new ArrayList<>();
        for (PolicyOutcome outcome : outcomes) {
            List<Double> speedups = new ArrayList<>();
            List<Double> contended = new ArrayList<>();
            for (double beside : Spread.BESIDE_WALKS) {
                speedups.add(speedup(base.runtime(beside, 0), outcome.runtime(beside, 0)));
                if (scenario == Scenario.MOVED) {
                    contended.add(speedup(base.runtime(beside, busy), outcome.runtime(beside, busy)));
                }
            }
            double extra = outcome.kernelCycles() - base.kernelCycles();
            rows.add(new PolicyRow(
                    outcome.result(),
                    speedups,
                    contended,
                    outcome.pageTableBytes(),
                    outcome.pageTableBytes() - base.pageTableBytes(),
                    share(extra, base.runtime(Spread.AS_TIMED, 0)),
                    share(
                            extra
                                    - outcome.result().counts().kernelCycles
                                    + base.result().counts().kernelCycles,
                            base.runtime(Spread.AS_TIMED, 0))));
        }
        double remote = base.costs().remoteWalkShare(0);
        Optional<FittedAnswer> fitted =
                counters.map(counted -> new Fitting(profile, counted, base).answer(scenario, outcomes));
        Verdict verdict = fitted.isPresent()
                ? Fitting.judge(scenario, fitted.get(), rows)
                : Advice.judge(scenario, rows, remote, profile.last().sizeBytes());
        return new ScenarioAnswer(scenario, rows, fitted, remote, verdict);
    }
}
