package dev.mitosis.bench;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Board;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;

/**
 * A kernel on a board that costs nothing: processors that do nothing, a meter that forgets, and 4 nodes of 4 processors and
 * 16 GiB. What a benchmark measures on it is the memory manager alone.
 */
final class BenchBoard implements Board, Processors {
    static final int NODES = 4;
    static final int CPUS_PER_NODE = 4;
    static final long FRAMES_PER_NODE = 1L << 22;
    static final int ANONYMOUS = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS;
    static final int READ = Abi.PROT_READ;
    static final int READ_WRITE = Abi.PROT_READ | Abi.PROT_WRITE;

    final Kernel kernel;
    final ArrayMemory memory;
    private final Topology topology;
    private final FrameAllocator frames;
    private final Replicator replicator;

    BenchBoard(boolean concurrent, KernelSettings settings) {
        this(concurrent, settings, FRAMES_PER_NODE);
    }

    BenchBoard(boolean concurrent, KernelSettings settings, long framesPerNode) {
        topology = Topology.uniform(NODES, CPUS_PER_NODE, framesPerNode);
        memory = new ArrayMemory(NODES, concurrent);
        frames = new FrameAllocator(topology, memory);
        ReplicatedPageTableOps ops = new ReplicatedPageTableOps(topology, memory, frames, meter());
        kernel = new Kernel(this, frames, ops, PageTableEvents.NONE, settings);
        replicator = new Replicator(kernel, ops);
    }

    Replicator replicator() {
        return replicator;
    }

    /** Gives an address space page tables on the nodes 0 … copies - 1; one copy is what there is without replication. */
    void replicate(MmStruct mm, int copies) {
        if (copies > 1) {
            replicator.replicate(mm, (1L << copies) - 1);
        }
    }

    /** Table frames in use on all nodes. */
    long tableFrames() {
        long sum = 0;
        for (int node = 0; node < NODES; node++) {
            sum += frames.tableFrames(node);
        }
        return sum;
    }

    /** Data frames in use on all nodes. */
    long dataFrames() {
        long sum = 0;
        for (int node = 0; node < NODES; node++) {
            sum += frames.dataFrames(node);
        }
        return sum;
    }

    @Override
    public Topology topology() {
        return topology;
    }

    @Override
    public PhysicalMemory memory() {
        return memory;
    }

    @Override
    public Processors processors() {
        return this;
    }

    @Override
    public KernelMeter meter() {
        return KernelMeter.NONE;
    }

    @Override
    public void install(TrapHandler handler) {
        // The benchmarks call the kernel themselves.
    }

    @Override
    public void loadRoot(int cpu, long root, int levels, int pcid, boolean flush) {}

    @Override
    public void invalidateRange(int cpu, int pcid, long startVa, long endVa) {}

    @Override
    public void invalidateAll(int cpu, int pcid) {}
}
