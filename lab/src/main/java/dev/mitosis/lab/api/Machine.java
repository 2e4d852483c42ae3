package dev.mitosis.lab.api;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.workloads.synthetic.Workload;
import dev.mitosis.workloads.synthetic.WorkloadRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A simulated server, and how simulations on it are made.
 *
 * <p>Errors: {@link IllegalArgumentException} in one line for a name, file, number or configuration that does not fit.
 *
 * <p>Concurrency: a machine keeps nothing of a run, so several threads may use it.
 */
@Stable
public final class Machine {
    private final MachineProfile profile;
    private final long seed;
    private final int hostThreads;
    private final boolean hugePages;
    private final boolean guest;

    private Machine(MachineProfile profile, long seed, int hostThreads, boolean hugePages, boolean guest) {
        this.profile = profile;
        this.seed = seed;
        this.hostThreads = hostThreads;
        this.hugePages = hugePages;
        this.guest = guest;
    }

    /** A machine that comes with the product, such as {@code 4s-haswell-ex}. */
    public static Machine named(String name) {
        return new Machine(MachineProfile.load(name), 1, Runtime.getRuntime().availableProcessors(), false, false);
    }

    /** The machine in a file whose name ends in {@code .conf}, such as {@code ./mitosis calibrate -o} writes. */
    public static Machine file(Path file) {
        if (!file.toString().endsWith(".conf")) {
            throw new IllegalArgumentException("machine " + file + ": the name of a machine's file ends in .conf");
        }
        return named(file.toString());
    }

    /** The names of the machines that come with the product. */
    public static List<String> names() {
        return MachineProfile.names();
    }

    /** The names of the workloads that {@link #run} takes. */
    public static List<String> workloads() {
        return WorkloadRegistry.workloads().stream().map(Workload::name).toList();
    }

    /** The same machine with another number of sockets. */
    public Machine withSockets(int sockets) {
        return new Machine(profile.withSockets(sockets), seed, hostThreads, hugePages, guest);
    }

    /** The same machine, where everything random follows from another seed than 1. */
    public Machine withSeed(long other) {
        return new Machine(profile, other, hostThreads, hugePages, guest);
    }

    /** The same machine, simulated on a number of host threads. The results do not depend on it. */
    public Machine withHostThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a simulation needs a host thread, not " + threads);
        }
        return new Machine(profile, seed, threads, hugePages, guest);
    }

    /** The same machine, whose kernel backs the memory of a {@link Program} with 2 MiB pages where it can. */
    public Machine withHugePages() {
        return new Machine(profile, seed, hostThreads, true, guest);
    }

    /** The same machine, on which a {@link Program} runs in a guest that sees the nodes. Policies place both trees. */
    public Machine withGuest() {
        return new Machine(profile, seed, hostThreads, hugePages, true);
    }

    public String name() {
        return profile.name();
    }

    /** One line for people. */
    public String description() {
        return profile.description();
    }

    public int nodes() {
        return profile.nodes();
    }

    public int coresPerNode() {
        return profile.coresPerNode();
    }

    /**
     * Simulates a workload of the papers.
     *
     * @param configuration where threads, tables and data are, such as {@code RPI-LD}; it implies the policy
     * @param accesses that are counted, warm-up apart
     */
    public Run run(String workload, String configuration, long accesses) {
        return run(
                workload,
                configuration,
                Policy.named(Configuration.parse(configuration).policy()),
                accesses);
    }

    /** The same under a policy that somebody chooses. */
    public Run run(String workload, String configuration, Policy policy, long accesses) {
        Workload found = WorkloadRegistry.find(workload)
                .orElseThrow(() -> new IllegalArgumentException(
                        "unknown workload '" + workload + "'; there are " + String.join(", ", workloads())));
        SyntheticRun run =
                new SyntheticRun(profile, found, Configuration.parse(configuration), policy.placement(), seed);
        return Run.of(run.on(hostThreads).run(accesses, done -> {}));
    }

    /** Simulates a program once under first touch and once under each of the policies, and compares. */
    public Answer compare(Program program, List<Policy> policies) throws IOException {
        List<PlacementPolicy> placements = new ArrayList<>();
        placements.add(Policy.named("first-touch").placement());
        for (Policy policy : policies) {
            if (placements.stream().noneMatch(other -> other.name().equals(policy.name()))) {
                placements.add(policy.placement());
            }
        }
        WhatIf question = new WhatIf(
                        profile, KernelSettings.DEFAULT.withThp(hugePages), placements, List.of(), seed, hostThreads)
                .inGuest(guest);
        return Answer.of(question.answer(program.recording(), program.notes(), done -> {}));
    }

    @Override
    public String toString() {
        return name();
    }
}
