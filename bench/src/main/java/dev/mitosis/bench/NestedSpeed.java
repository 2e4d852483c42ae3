package dev.mitosis.bench;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.kvm.VirtualMachine;
import dev.mitosis.kvm.VmSettings;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.workloads.synthetic.AccessStream;
import dev.mitosis.workloads.synthetic.MemoryArea;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.List;

/**
 * How fast accesses of a guest are simulated, through both of its trees, beside the same accesses of a program without a guest: the full
 * model, in turn, on one thread, with 4 KiB pages and, for patterns, with what is below a guest in 2 MiB pages too. An access that walks
 * asks for more in a guest, so the pace of a reference is told too.
 */
final class NestedSpeed {
    private static final int ROUNDS = 7;
    private static final int WARM_ROUNDS = 2;
    private static final int BATCHES = 2048;
    private static final MachineProfile PROFILE = MachineProfile.load("4s-cascade-lake");
    private static final KernelSettings SETTINGS = KernelSettings.DEFAULT.withThp(false);

    private NestedSpeed() {}

    /** The pattern of {@link TranslationMachine}. */
    static void print(SpeedReport report, int hitPercent) {
        String name = TranslationMachine.name(hitPercent);
        AccessBatch[] batches = TranslationMachine.batches(BATCHES, hitPercent, true);
        print(report, name, TranslationMachine.REGION_PAGES << 12, batches, SETTINGS);
        print(report, name + ", huge below", TranslationMachine.REGION_PAGES << 12, batches, SETTINGS.withThp(true));
    }

    /** What a workload of the papers does on one thread. */
    static void print(SpeedReport report, Workload workload) {
        List<MemoryArea> areas = workload.areas();
        long[] starts = new long[areas.size()];
        long end = TranslationMachine.REGION_VA;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = end;
            long align = areas.get(i).alignBytes();
            end = end + areas.get(i).sizeBytes() + align - 1 & -align;
        }
        AccessStream stream = workload.stream(0, 1, starts, 1);
        AccessBatch[] batches = new AccessBatch[BATCHES];
        for (int i = 0; i < BATCHES; i++) {
            batches[i] = new AccessBatch();
            stream.fill(batches[i]);
        }
        print(report, workload.name(), end - TranslationMachine.REGION_VA, batches, SETTINGS);
    }

    private static void print(
            SpeedReport report, String name, long bytes, AccessBatch[] batches, KernelSettings ofHost) {
        Cpu alone = alone(bytes);
        Cpu inGuest = guest(bytes, ofHost);
        double[] without = new double[ROUNDS];
        double[] within = new double[ROUNDS];
        double walks = 0;
        double references = 0;
        double referencesWithin = 0;
        for (int round = -WARM_ROUNDS; round < ROUNDS; round++) {
            Pmu before = alone.pmu().copy();
            Pmu beforeWithin = inGuest.pmu().copy();
            double one = pace(alone, batches);
            double two = pace(inGuest, batches);
            Pmu passed = alone.pmu().since(before);
            walks = (double) passed.walks / passed.entries;
            references = references(passed);
            referencesWithin = references(inGuest.pmu().since(beforeWithin));
            if (round >= 0) {
                without[round] = one;
                within[round] = two;
            }
        }
        double ratio = SimulationSpeed.median(SimulationSpeed.ratios(within, without));
        report.figure("guest", name, "million_accesses_per_second", SimulationSpeed.median(within));
        report.figure("guest", name, "million_accesses_per_second_without_guest", SimulationSpeed.median(without));
        report.figure("guest", name, "ratio", ratio);
        report.line(
                "in a guest, %-37s %5.1f, without one %5.1f: %.2fx (%.0f %% walk; %.1f and %.1f references an access, %.2fx a reference)",
                name + ":",
                SimulationSpeed.median(within),
                SimulationSpeed.median(without),
                ratio,
                100 * walks,
                referencesWithin,
                references,
                ratio * referencesWithin / references);
    }

    /** What an access asks of the caches: entries of both trees, and its data. */
    private static double references(Pmu passed) {
        long reads = 0;
        for (int source = 0; source < passed.sources(); source++) {
            reads += passed.dataReads(source);
            for (int level = 1; level < Pmu.LEVELS; level++) {
                reads += passed.walkReads(level, source) + passed.eptReads(level, source);
            }
        }
        return (double) reads / passed.entries;
    }

    private static Cpu alone(long bytes) {
        Machine machine = new Machine(PROFILE, SETTINGS, new FirstTouch(), 1);
        populate(machine.kernel(), bytes);
        return machine.board().cpu(0);
    }

    /** A vCPU whose guest has the same mapped, as the host has what is below. */
    private static Cpu guest(long bytes, KernelSettings ofHost) {
        Machine host = new Machine(PROFILE, ofHost, new FirstTouch(), 1);
        VirtualMachine vm = host.boot(VmSettings.visible(host.board().topology(), SETTINGS));
        vm.populate(populate(vm.kernel(), bytes), TranslationMachine.REGION_VA, bytes);
        return vm.cpuOf(0);
    }

    private static Task populate(Kernel kernel, long bytes) {
        Task task = kernel.spawn(0);
        kernel.mmap(
                task,
                TranslationMachine.REGION_VA,
                bytes,
                Abi.PROT_READ | Abi.PROT_WRITE,
                Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED);
        kernel.populate(task, TranslationMachine.REGION_VA, bytes, true);
        return task;
    }

    private static double pace(Cpu cpu, AccessBatch[] batches) {
        long started = ProcessorTime.nanos();
        for (AccessBatch batch : batches) {
            cpu.run(batch);
        }
        return entries(batches) * 1e3 / (ProcessorTime.nanos() - started);
    }

    private static long entries(AccessBatch[] batches) {
        long entries = 0;
        for (AccessBatch batch : batches) {
            entries += batch.size;
        }
        return entries;
    }
}
