package dev.mitosis.lab.machine;

import dev.mitosis.hal.Topology;
import dev.mitosis.halnative.board.BoundMemory;
import dev.mitosis.halnative.board.HostBoard;
import dev.mitosis.halnative.board.NodeMemory;
import dev.mitosis.halnative.calibrate.Measured;
import dev.mitosis.halnative.calibrate.Pinned;
import dev.mitosis.halnative.calibrate.WalkProbe;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.x86.NativePageTableOps;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Times walks of real page tables: the kernel boots on the host's memory, a task on one node maps a region, so that its tables are on that
 * node, and processors of every node walk them in software.
 */
public final class WalkTimer implements WalkProbe {
    /** 32 GiB have 64 MiB of leaf tables: more than caches hold. No data is behind them. */
    private static final long REGION_BYTES = 32L << 30;

    private static final long FRAMES = 1L << 24;
    private static final int CHUNK_SHIFT = 10;
    private static final int WALKS = 200_000;
    private static final int ROUNDS = 7;

    @Override
    public Measured[] nanosPerWalk(HostTopology host, LinuxCalls calls, int tableCpu, int[] cpus, long seed)
            throws IOException, InterruptedException {
        Topology shape = host.topology();
        long[] frames = new long[shape.nodes()];
        Arrays.fill(frames, FRAMES);
        int[] nodeOfCpu = new int[shape.cpus()];
        int[][] distances = new int[shape.nodes()][shape.nodes()];
        for (int cpu = 0; cpu < nodeOfCpu.length; cpu++) {
            nodeOfCpu[cpu] = shape.nodeOfCpu(cpu);
        }
        for (int from = 0; from < frames.length; from++) {
            for (int to = 0; to < frames.length; to++) {
                distances[from][to] = shape.distance(from, to);
            }
        }
        int[] hostNodes = BoundMemory.nodesOf(host);
        Measured[] measured = new Measured[cpus.length];
        try (HostBoard board = new HostBoard(
                new Topology(nodeOfCpu, frames, distances), new NodeMemory(calls, hostNodes, CHUNK_SHIFT))) {
            FrameAllocator allocator = new FrameAllocator(board.topology(), board.memory());
            NativePageTableOps ops = new NativePageTableOps(board.memory(), allocator, board.meter());
            Kernel kernel =
                    new Kernel(board, allocator, ops, PageTableEvents.NONE, KernelSettings.DEFAULT.withThp(false));
            Task task = kernel.spawn(tableCpu);
            long va = kernel.mmap(
                    task,
                    0,
                    REGION_BYTES,
                    Abi.PROT_READ | Abi.PROT_WRITE,
                    Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_NORESERVE);
            kernel.populate(task, va, REGION_BYTES, true);
            long root = task.mm().pageTable().root();
            int levels = task.mm().pageTable().levels();
            for (int i = 0; i < cpus.length; i++) {
                int cpu = cpus[i];
                measured[i] = Pinned.run(calls, host.cpuNumbers()[cpu], () -> {
                    board.loadRoot(cpu, root, levels, 0, true);
                    SplittableRandom random = new SplittableRandom(seed);
                    walks(board, cpu, va, random);
                    return Measured.least(ROUNDS, () -> walks(board, cpu, va, random));
                });
            }
        }
        return measured;
    }

    /** Each address depends on the walk before, so that walks do not overlap. */
    private static double walks(HostBoard board, int cpu, long va, SplittableRandom random) {
        long key = random.nextLong();
        long start = System.nanoTime();
        for (int i = 0; i < WALKS; i++) {
            long entry = board.walk(cpu, va + (key & REGION_BYTES - 4096), false);
            key = (key + entry) * 0x9e3779b97f4a7c15L >>> 7;
        }
        return (System.nanoTime() - start) / (double) WALKS;
    }
}
