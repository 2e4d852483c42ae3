package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.workloads.synthetic.AccessStream;
import dev.mitosis.workloads.synthetic.MemoryArea;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.List;

/**
 * What a neighbour's data does to page tables in the caches: a thread of a workload runs on a socket, first alone, then beside a core of
 * the same socket that streams through memory; where its reads of leaf tables are answered is counted.
 *
 * <p>The neighbour reads a line after another, as many as the socket's memory carries in the cycles that the workload took alone.
 */
final class CacheContention {
    /** So many that every line of the last-level cache has been replaced a few times. */
    private static final long WARM_UP_ACCESSES = 3_000_000;

    private static final int LINE_BYTES = 64;
    private static final int NEIGHBOUR_CPU = 1;
    /** The neighbour's array over the last-level cache: nothing of it is there when it comes round. */
    private static final int ARRAY_CACHES = 8;

    private final Machine machine;
    private final AccessStream stream;
    private final Cpu cpu;
    private final Cpu neighbour;
    private final long arrayVa;
    private final long arrayBytes;
    private final AccessBatch batch = new AccessBatch();
    private final AccessBatch neighbours = new AccessBatch();
    private long arrayAt;

    /** Percent of the reads of leaf tables that memory answers, without a neighbour and with one. */
    record Shares(double alone, double beside) {}

    private CacheContention(MachineProfile profile, Workload workload, long seed) {
        machine = new Machine(profile, KernelSettings.DEFAULT, new FirstTouch(), seed);
        Kernel kernel = machine.kernel();
        Task task = kernel.spawn(0, Mempolicy.bind(1));
        List<MemoryArea> areas = workload.areas();
        long[] areaVa = new long[areas.size()];
        for (int i = 0; i < areaVa.length; i++) {
            areaVa[i] = map(kernel, task, areas.get(i).sizeBytes(), areas.get(i).alignBytes());
        }
        stream = workload.stream(0, 1, areaVa, seed);
        cpu = machine.board().cpu(0);
        neighbour = machine.board().cpu(NEIGHBOUR_CPU);
        arrayBytes = ARRAY_CACHES * profile.last().sizeBytes();
        arrayVa = map(kernel, kernel.spawn(NEIGHBOUR_CPU, Mempolicy.bind(1)), arrayBytes, LINE_BYTES);
    }

    /** Runs {@code accesses} accesses of the workload alone and as many beside the neighbour, warm-up apart. */
    static Shares run(MachineProfile profile, Workload workload, long accesses, long seed) {
        CacheContention sides = new CacheContention(profile, workload, seed);
        sides.execute(WARM_UP_ACCESSES, 0);
        sides.machine.board().sample();
        Pmu alone = sides.execute(accesses, 0);
        WorkloadTraits traits = sides.machine.board().traits(new CostModel(profile, 0), 1);
        double cycles = new CostModel(profile, 0).cycles(0, alone, traits).runtime() / alone.accesses;
        double bytesPerCycle = (double) profile.links().link(0, 0).megabytesPerSecond() / profile.frequencyMhz();
        double lines = cycles * bytesPerCycle / LINE_BYTES;
        sides.execute(accesses / 4, lines);
        return new Shares(memoryPercent(alone), memoryPercent(sides.execute(accesses, lines)));
    }

    /** Runs accesses of the workload, and for each so many lines of the neighbour's; counts what the workload did. */
    private Pmu execute(long accesses, double linesPerAccess) {
        Pmu before = cpu.pmu().copy();
        long lines = 0;
        for (long done = 0; done < accesses; done += batch.rawAccesses()) {
            batch.clear();
            stream.fill(batch);
            cpu.run(batch);
            long until = Math.round((done + batch.rawAccesses()) * linesPerAccess);
            while (lines < until) {
                neighbours.clear();
                while (!neighbours.isFull() && lines < until) {
                    neighbours.add(arrayVa + arrayAt, false);
                    arrayAt = (arrayAt + LINE_BYTES) % arrayBytes;
                    lines++;
                }
                neighbour.run(neighbours);
            }
        }
        return cpu.pmu().since(before);
    }

    private static long map(Kernel kernel, Task task, long sizeBytes, long alignBytes) {
        int flags = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_NORESERVE;
        long mapped = kernel.mmap(task, 0, sizeBytes + alignBytes, Abi.PROT_READ | Abi.PROT_WRITE, flags);
        long va = (mapped + alignBytes - 1) & -alignBytes;
        kernel.populate(task, va, sizeBytes, true);
        return va;
    }

    private static double memoryPercent(Pmu counts) {
        long all = 0;
        long memory = 0;
        for (int source = 0; source < counts.sources(); source++) {
            long reads = counts.walkReads(1, source);
            all += reads;
            memory += source >= Pmu.MEMORY ? reads : 0;
        }
        return 100.0 * memory / Math.max(1, all);
    }
}
