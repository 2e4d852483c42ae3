package dev.mitosis.lab.whatif;

import dev.mitosis.hal.Topology;
import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.lab.replay.ProgramReplay;
import dev.mitosis.lab.replay.ThreadPlacement;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.WalkReadKinds;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.TracePart;
import dev.mitosis.workloads.trace.TraceSink;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** One recorded program in one scenario under one policy, on a machine of its own. */
final class ProgramSimulation {
    private static final int FROM_NODE = 0;
    private static final int TO_NODE = 1;
    private static final int SAMPLES = 40;

    private final MachineProfile profile;
    private final Recording recording;
    private final Scenario scenario;
    private final long seed;
    private final Machine machine;
    private final ProgramReplay replay;
    /** What had been counted when it was moved: nothing where it is not. */
    private Pmu[] loading;

    private final CountedPart counted;
    private final CacheRefill refill;
    private long nanos;
    private boolean hasMoved;
    private long nextSampleAt;
    private long peakTableBytes = -1;
    private long[] tableBytes = new long[0];
    private long[] dataBytes = new long[0];
    private double[] leafRemotePercent = new double[0];

    ProgramSimulation(
            MachineProfile profile,
            KernelSettings settings,
            boolean inGuest,
            Recording recording,
            Scenario scenario,
            Optional<Placement> placement,
            PlacementPolicy policy,
            long seed) {
        this.profile = profile;
        this.recording = recording;
        this.scenario = scenario;
        this.seed = seed;
        machine = inGuest
                ? Machine.inGuest(profile, settings, policy, seed)
                : new Machine(profile, settings, policy, seed);
        Topology topology = machine.board().topology();
        replay = switch (scenario) {
            case WIDE -> new ProgramReplay(machine, ThreadPlacement.spread(topology));
            case MOVED ->
                new ProgramReplay(machine, number -> ThreadPlacement.onNode(topology, hasMoved ? TO_NODE : FROM_NODE)
                        .cpu(number));
            case PLACED -> {
                Placement asked = placement.orElseThrow();
                yield new ProgramReplay(machine, asked.threads(topology), asked.mempolicy());
            }
        };
        counted = new CountedPart(machine.board(), replay);
        loading = counted.soFar();
        machine.board().sample();
        refill = new CacheRefill(profile, replay, recording.loadedAtAccess());
    }

    /** What takes the events of the trace; it tells {@code done} of each access. */
    TraceSink sink(AtomicLong done) {
        return new ForwardingSink(replay) {
            @Override
            public void accesses(int process, int thread, AccessBatch batch) {
                long started = System.nanoTime();
                super.accesses(process, thread, batch);
                if (scenario == Scenario.MOVED && !hasMoved) {
                    refill.touch(thread, batch);
                }
                done.addAndGet(batch.rawAccesses());
                moveWhenLoaded();
                sample();
                nanos += System.nanoTime() - started;
            }

            @Override
            public void leftOut(int process, int thread, long accesses, long instructions) {
                super.leftOut(process, thread, accesses, instructions);
                done.addAndGet(accesses);
                moveWhenLoaded();
            }

            @Override
            public void part(TracePart part) {
                super.part(part);
                counted.part(part);
                refill.part(part);
            }
        };
    }

    private void moveWhenLoaded() {
        if (scenario == Scenario.MOVED && !hasMoved && replay.accesses() >= recording.loadedAtAccess()) {
            move();
        }
    }

    /** Looks at the page tables now and then: a program has most of them in the middle of its life, not at its end. */
    private void sample() {
        if (replay.accesses() < nextSampleAt) {
            return;
        }
        nextSampleAt = replay.accesses() + recording.accesses() / SAMPLES + 1;
        long[] tables = machine.pageTableBytes();
        long sum = Arrays.stream(tables).sum();
        if (sum > peakTableBytes) {
            peakTableBytes = sum;
            tableBytes = tables;
            dataBytes = machine.dataBytes();
            leafRemotePercent = remoteLeafPercent();
        }
    }

    /** Data that a policy has placed on purpose stays: NUMA balancing leaves interleaved memory alone. */
    private void move() {
        hasMoved = true;
        loading = counted.soFar();
        peakTableBytes = -1;
        nextSampleAt = 0;
        boolean movesData = machine.policy()
                .initialMempolicy(machine.board().topology())
                .kind()
                .isMovedByBalancing();
        replay.moveAll(ThreadPlacement.onNode(machine.board().topology(), TO_NODE), TO_NODE, movesData);
        refill.refill();
        counted.restart();
        machine.board().sample();
    }

    /** What came of it, when all events have come. */
    PolicyOutcome outcome() {
        double seconds = nanos / 1e9;
        Pmu[] seen = counted.estimate();
        Pmu sum = new Pmu(seen.length);
        Pmu whole = new Pmu(seen.length);
        long[][] walkReads = new long[Pmu.LEVELS][3];
        for (int node = 0; node < seen.length; node++) {
            sum.add(seen[node], 1);
            whole.add(machine.board().sumOfNode(node), 1);
            WalkReadKinds.add(walkReads, node, seen[node]);
        }
        PolicyCosts costs = new PolicyCosts(profile, seen, busyProcessors(), machine.board());
        RunResult result = new RunResult(
                profile.name(),
                recording.program(),
                scenario.label(),
                machine.policy().name(),
                seed,
                costs.cycles(Spread.AS_TIMED, 0),
                sum,
                List.of(seen),
                walkReads,
                leafRemotePercent,
                tableBytes,
                dataBytes,
                seconds,
                whole.accesses / seconds);
        return new PolicyOutcome(
                result,
                costs,
                Fitting.home(profile, loading, seen, scenario == Scenario.MOVED),
                1L << FROM_NODE,
                whole.kernelCycles,
                whole.unexplained,
                replay.refusedCalls());
    }

    private int busyProcessors() {
        int busy = 0;
        for (int cpu = 0; cpu < machine.board().cpus(); cpu++) {
            busy += machine.board().cpu(cpu).pmu().accesses > 0 ? 1 : 0;
        }
        return Math.max(1, busy);
    }

    /** Over all address spaces that are left, weighted by their entries. */
    private double[] remoteLeafPercent() {
        double[] percent = new double[machine.board().topology().nodes()];
        for (int node = 0; node < percent.length; node++) {
            double entries = 0;
            double remote = 0;
            for (MmStruct mm : replay.addressSpaces()) {
                long leaves = machine.kernel().census(mm, node).leafEntries();
                entries += leaves;
                remote += leaves * machine.kernel().census(mm, node).remoteLeafPercent();
            }
            percent[node] = entries == 0 ? 0 : remote / entries;
        }
        return percent;
    }

    /** Counts of each node's processors, as cycles under any assumption. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record PolicyCosts(MachineProfile profile, Pmu[] byNode, int processors, SimBoard board) {
        CostParts parts(long contendedNodes) {
            return CostParts.of(profile, byNode, contendedNodes, false);
        }

        CostModel.Cycles cycles(double beside, long contendedNodes) {
            WorkloadTraits idle = board.traits(new CostModel(profile, contendedNodes), 1);
            CostModel model = model(idle.withBeside(beside), contendedNodes);
            WorkloadTraits traits = board.traits(model, 1).withBeside(beside);
            model = model(traits, contendedNodes);
            CostModel.Cycles sum = CostModel.Cycles.ZERO;
            for (int node = 0; node < byNode.length; node++) {
                sum = sum.plus(model.cycles(node, byNode[node], traits));
            }
            return sum;
        }

        /** Under the load that the program makes itself, its busy processors side by side. */
        private CostModel model(WorkloadTraits traits, long contendedNodes) {
            return CostModel.underOwnLoad(profile, contendedNodes, List.of(byNode), processors, traits);
        }

        /** Latency of data misses over what the program waits for them, on an idle machine. */
        double memoryParallelism() {
            return board.traits(new CostModel(profile, 0), 1).memoryParallelism();
        }

        /** The share of all cycles that are walk reads of other nodes' memory. */
        double remoteWalkShare(long contendedNodes) {
            CostModel model = model(board.traits(new CostModel(profile, contendedNodes), 1), contendedNodes);
            double remote = 0;
            for (int node = 0; node < byNode.length; node++) {
                for (int level = 1; level < Pmu.LEVELS; level++) {
                    for (int other = 0; other < byNode.length; other++) {
                        if (other != node) {
                            int source = Pmu.MEMORY + other;
                            remote += byNode[node].walkReads(level, source) * model.latencyCycles(node, source);
                        }
                    }
                }
            }
            double runtime = cycles(Spread.AS_TIMED, contendedNodes).runtime();
            return runtime == 0 ? 0 : remote / runtime;
        }
    }
}
