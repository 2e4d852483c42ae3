package dev.mitosis.lab.advise;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.whatif.PolicyRow;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.Scenario;
import dev.mitosis.lab.whatif.ScenarioAnswer;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.TlbSettings.Backend;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Ranks placement policies over flush backends for a recorded program: each pair is simulated, and measured against first touch with interrupts.
 *
 * <p>The interval of a speedup is that of {@link WhatIf} under the pair's own backend, moved by what the backend does to first touch.
 *
 * <p>Cost: a reading of the trace for each backend, and a simulation for each pair.
 */
public final class Adviser {
    private final MachineProfile profile;
    private final KernelSettings settings;
    private final List<PlacementPolicy> policies;
    private final List<Backend> backends;
    private final List<Scenario> scenarios;
    private final long seed;
    private final int threads;
    private boolean isInGuest;

    /**
     * An adviser.
     *
     * @param policies first touch first
     * @param backends interrupts first
     * @param scenarios empty to choose them by the number of threads of the program
     */
    public Adviser(
            MachineProfile profile,
            KernelSettings settings,
            List<PlacementPolicy> policies,
            List<Backend> backends,
            List<Scenario> scenarios,
            long seed,
            int threads) {
        if (backends.isEmpty() || backends.get(0) != Backend.IPI) {
            throw new IllegalArgumentException("the first flush backend is what the others are compared with: ipi");
        }
        this.profile = profile;
        this.settings = settings;
        this.policies = List.copyOf(policies);
        this.backends = List.copyOf(backends);
        this.scenarios = List.copyOf(scenarios);
        this.seed = seed;
        this.threads = threads;
        with(Backend.IPI);
    }

    private WhatIf with(Backend backend) {
        return new WhatIf(profile, settings.withTlb(settings.tlb().with(backend)), policies, scenarios, seed, threads)
                .inGuest(isInGuest);
    }

    /** Lets the program run in a guest that sees the machine as it is. */
    public Adviser inGuest(boolean isWanted) {
        isInGuest = isWanted;
        return this;
    }

    /** Accesses that all simulations together will make: the total for {@code progress} of {@link #advise}. */
    public long work(Recording recording) {
        return backends.size() * with(Backend.IPI).work(recording);
    }

    /** Simulates, and tells {@code progress} now and then how many accesses were made. */
    public Advice advise(Recording recording, List<String> notes, LongConsumer progress) throws IOException {
        List<ScenarioAnswer> now = List.of();
        List<List<Choice>> choices = new ArrayList<>();
        Set<String> warnings = new LinkedHashSet<>();
        long done = 0;
        for (Backend backend : backends) {
            WhatIf whatIf = with(backend);
            long before = done;
            List<ScenarioAnswer> answers = whatIf.answer(recording, List.of(), made -> progress.accept(before + made))
                    .scenarios();
            done += whatIf.work(recording);
            if (now.isEmpty()) {
                now = answers;
                answers.forEach(answer -> {
                    choices.add(new ArrayList<>());
                    LosingShapes.of(profile, answer)
                            .forEach(warning -> warnings.add(answer.scenario().label() + ": " + warning));
                });
            }
            for (int i = 0; i < answers.size(); i++) {
                PolicyRow base = now.get(i).rows().get(0);
                for (PolicyRow row : answers.get(i).rows()) {
                    choices.get(i)
                            .add(choice(
                                    answers.get(i).scenario().label(),
                                    backend,
                                    base,
                                    answers.get(i).rows().get(0),
                                    row));
                }
            }
        }
        List<Choice> ranked = new ArrayList<>();
        for (List<Choice> ofScenario : choices) {
            ofScenario.sort(Comparator.comparingDouble(Choice::netSpeedup).reversed());
            ranked.addAll(ofScenario);
        }
        return new Advice(profile.name(), recording, ranked, List.copyOf(warnings), notes);
    }

    /** A row against first touch with interrupts; {@code first} is first touch under the row's own backend. */
    private static Choice choice(String scenario, Backend backend, PolicyRow base, PolicyRow first, PolicyRow row) {
        RunResult from = base.result();
        RunResult to = row.result();
        double runtime = Math.max(1, from.cycles().runtime());
        double ofBackend = runtime / Math.max(1, first.result().cycles().runtime());
        double walk = (from.cycles().walk() - to.cycles().walk()) / runtime;
        double kernel = (from.counts().kernelCycles - to.counts().kernelCycles) / runtime;
        double all = (runtime - to.cycles().runtime()) / runtime;
        return new Choice(
                scenario,
                row.policy(),
                backend.label(),
                row.speedups().stream()
                        .map(speedup -> speedup * ofBackend)
                        .sorted()
                        .toList(),
                walk,
                kernel,
                all - walk - kernel,
                -row.oneOffShare() / ofBackend,
                to.counts().shootdownEvents,
                to.counts().shootdownIpis,
                row.pageTableBytes() - base.pageTableBytes(),
                PolicyRegistry.find(row.policy()).command());
    }
}
