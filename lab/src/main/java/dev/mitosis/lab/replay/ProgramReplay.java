package dev.mitosis.lab.replay;

import dev.mitosis.hal.Frames;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.lab.machine.CounterSampling;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.workloads.trace.TracePart;
import dev.mitosis.workloads.trace.TraceSink;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs recorded processes and threads as tasks of a simulated machine: each event becomes what it was.
 *
 * <p>Threads are placed by a {@link ThreadPlacement}; several on one processor share it by context switches, a batch each.
 *
 * <p>Errors: {@link IllegalArgumentException} for a trace whose events do not fit together, that has more than {@value #MAX_PROCESSES}
 * processes at once, or that asks for what the simulated kernel has not.
 */
public final class ProgramReplay implements TraceSink {
    /** Each has page tables of its own under each policy; a kernel's default for one user is of this order. */
    static final int MAX_PROCESSES = 2048;

    /** The name of the area that grows down to what the program touches below it, as /proc/PID/maps has it. */
    private static final String STACK = "[stack]";

    private final Machine machine;
    private final Kernel kernel;
    private final ThreadPlacement placement;
    private final Mempolicy mempolicy;
    private final SystemCallReplay calls;
    private final CounterSampling sampling;
    private final Map<Integer, Recorded> processes = new HashMap<>();
    private final Map<Integer, Task> threads = new HashMap<>();
    private long accesses;
    private final long[] instructionsLeftOut;
    private int threadsStarted;
    private boolean isWarmUp;

    /** A recorded process: its live tasks, and the one that waits for its thread's start. */
    private static final class Recorded {
        final List<Task> tasks = new ArrayList<>();

        @Nullable
        Task fresh;
    }

    /** Memory comes from where the machine's policy has it. */
    public ProgramReplay(Machine machine, ThreadPlacement placement) {
        this(machine, placement, Mempolicy.LOCAL);
    }

    /**
     * A replay.
     *
     * @param mempolicy of the first task, where the machine's policy does not place data itself
     */
    public ProgramReplay(Machine machine, ThreadPlacement placement, Mempolicy mempolicy) {
        this.machine = machine;
        Mempolicy ofMachine = machine.policy().initialMempolicy(machine.board().topology());
        this.mempolicy = ofMachine.kind() == Mempolicy.Kind.LOCAL ? mempolicy : ofMachine;
        this.kernel = machine.kernel();
        this.placement = placement;
        this.calls = new SystemCallReplay(kernel);
        this.sampling = new CounterSampling(machine);
        this.instructionsLeftOut = new long[machine.board().topology().nodes()];
    }

    /** Accesses so far, before folding, those included that the trace has left out. */
    public long accesses() {
        return accesses;
    }

    /** Recorded system calls that our kernel refused though the host's had made them. */
    public long refusedCalls() {
        return calls.refused();
    }

    /** The address spaces that live now. */
    public List<MmStruct> addressSpaces() {
        return processes.values().stream()
                .filter(process -> !process.tasks.isEmpty())
                .map(process -> process.tasks.get(0).mm())
                .distinct()
                .toList();
    }

    public List<Task> tasks() {
        return processes.values().stream()
                .flatMap(process -> process.tasks.stream())
                .toList();
    }

    // ---- events ----

    @Override
    public void processStarted(int process, int parent, boolean sharesMemory, String command) {
        if (parent == process) {
            exec(find(process));
            return;
        }
        if (processes.containsKey(process)) {
            throw new IllegalArgumentException("the trace starts process " + process + ", which runs already");
        }
        if (processes.size() == MAX_PROCESSES) {
            throw new IllegalArgumentException(
                    "the trace has more than " + MAX_PROCESSES + " processes at once, which are not replayed");
        }
        Recorded made = new Recorded();
        made.fresh = started(placement.cpu(threadsStarted), parent, sharesMemory);
        made.tasks.add(made.fresh);
        processes.put(process, made);
    }

    private Task started(int cpu, int parent, boolean sharesMemory) {
        if (parent < 0) {
            return kernel.spawn(cpu, mempolicy);
        }
        Task from = anyTask(find(parent), parent);
        run(from);
        try {
            return sharesMemory ? kernel.clone(from, cpu) : kernel.fork(from, cpu);
        } catch (KernelException refused) {
            throw refused("a fork of process " + parent, refused);
        }
    }

    private void exec(Recorded process) {
        Task kept = process.fresh != null ? process.fresh : process.tasks.get(0);
        for (Task other : List.copyOf(process.tasks)) {
            if (other != kept) {
                kernel.exit(other);
                process.tasks.remove(other);
            }
        }
        run(kept);
        kernel.exec(kept);
        process.fresh = kept;
    }

    @Override
    public void initialMapping(int process, long startVa, long endVa, int prot, String name) {
        Task task = anyTask(find(process), process);
        int flags = Abi.MAP_PRIVATE | Abi.MAP_FIXED | Abi.MAP_NORESERVE | (name.equals(STACK) ? Abi.MAP_GROWSDOWN : 0);
        boolean isFile = name.startsWith("/");
        PageCache file = isFile ? new PageCache(name) : null;
        try {
            kernel.mmap(
                    task,
                    startVa & -4096,
                    endVa - (startVa & -4096),
                    prot | Abi.PROT_READ,
                    isFile ? flags : flags | Abi.MAP_ANONYMOUS,
                    file,
                    0);
        } catch (KernelException refused) {
            throw refused(String.format(Locale.ROOT, "a mapping of %x to %x", startVa, endVa), refused);
        }
    }

    @Override
    public void threadStarted(int process, int thread) {
        Recorded of = find(process);
        Task task = of.fresh;
        of.fresh = null;
        Task before = threads.get(thread);
        // After an exec, the thread that is left begins anew.
        if (before != null && before.isAlive() && before != task) {
            throw new IllegalArgumentException("the trace starts thread " + thread + ", which runs already");
        }
        if (task == null) {
            task = kernel.clone(anyTask(of, process), placement.cpu(threadsStarted));
            of.tasks.add(task);
        }
        threads.put(thread, task);
        threadsStarted++;
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        load(thread, batch);
        accesses += isWarmUp ? 0 : batch.rawAccesses();
    }

    /** Whether a thread runs, and a page is there that it can read without the kernel; nobody's time is spent on looking. */
    public boolean canRead(int thread, long va) {
        Task task = threads.get(thread);
        if (task == null || !task.isAlive()) {
            return false;
        }
        PageTable tree = task.mm().pageTable();
        long table = tree.root();
        for (int level = tree.levels(); table != Frames.NO_FRAME; level--) {
            long entry = kernel.context().ops().peek(table, PagingLevel.index(va, level));
            if (!Pte.isPresent(entry) || !Pte.isTable(entry, level)) {
                return Pte.isPresent(entry);
            }
            table = Pte.pfn(entry);
        }
        return false;
    }

    /** Lets a thread make accesses that are none of the program's. */
    public void load(int thread, AccessBatch batch) {
        Task task = task(thread);
        run(task);
        try {
            machine.board().cpu(task.cpu()).run(batch);
            sampling.ran(task.mm(), task.cpu());
        } catch (KernelException refused) {
            throw refused("memory that thread " + thread + " touches", refused);
        }
    }

    private static IllegalArgumentException refused(String what, KernelException why) {
        return new IllegalArgumentException(
                "the trace has " + what + ", which the simulated kernel refuses: " + why.getMessage(), why);
    }

    @Override
    public void part(TracePart part) {
        isWarmUp = part == TracePart.WARM_UP;
    }

    @Override
    public void leftOut(int process, int thread, long left, long instructions) {
        accesses += left;
        int node = machine.board().topology().nodeOfCpu(task(thread).cpu());
        instructionsLeftOut[node] += instructions;
    }

    /** Instructions so far that the trace has left out, by the node of their thread. */
    public long[] instructionsLeftOut() {
        return instructionsLeftOut.clone();
    }

    @Override
    public void systemCall(int process, int thread, int number, long[] args, long result) {
        Task task = task(thread);
        run(task);
        calls.call(task, number, args, result);
    }

    @Override
    public void threadExited(int process, int thread) {
        Recorded of = find(process);
        Task task = threads.remove(thread);
        if (task != null && task.isAlive() && !of.tasks.contains(task)) {
            throw new IllegalArgumentException(
                    "the trace ends thread " + thread + " in process " + process + ", which it is none of");
        }
        // The last thread lives until the process goes: it holds the address space.
        if (task != null && task.isAlive() && of.tasks.size() > 1) {
            of.tasks.remove(task);
            kernel.exit(task);
        }
    }

    @Override
    public void processExited(int process, int status) {
        // The address spaces of the end are what the report looks at: the last process stays.
        if (processes.size() > 1) {
            Recorded gone = find(process);
            gone.tasks.forEach(kernel::exit);
            gone.tasks.clear();
            processes.remove(process);
        }
    }

    @Override
    public void end(boolean complete) {}

    // ---- tasks ----

    private void run(Task task) {
        if (kernel.current(task.cpu()) != task) {
            kernel.switchTo(task.cpu(), task);
        }
    }

    private Recorded find(int process) {
        Recorded found = processes.get(process);
        if (found == null) {
            throw new IllegalArgumentException("the trace speaks of process " + process + ", which never started");
        }
        return found;
    }

    private Task task(int thread) {
        Task task = threads.get(thread);
        if (task == null || !task.isAlive()) {
            throw new IllegalArgumentException("the trace speaks of thread " + thread + ", which does not run");
        }
        return task;
    }

    private static Task anyTask(Recorded process, int number) {
        if (process.tasks.isEmpty()) {
            throw new IllegalArgumentException("the trace speaks of process " + number + ", which has ended");
        }
        return process.tasks.get(0);
    }

    /** Moves all tasks to where another placement wants them, and their data to a node, as scheduler and balancer would do. */
    public void moveAll(ThreadPlacement target, int node, boolean movesData) {
        int number = 0;
        for (Task task : tasks()) {
            kernel.migrate(task, target.cpu(number++));
        }
        for (MmStruct mm : movesData ? addressSpaces() : List.<MmStruct>of()) {
            try {
                kernel.migrateData(mm, node);
            } catch (KernelException full) {
                throw new IllegalArgumentException(
                        "node " + node + " cannot take the program's data: " + full.getMessage(), full);
            }
        }
    }
}
