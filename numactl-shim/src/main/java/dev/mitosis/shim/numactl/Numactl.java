package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.libc.RawCommandLine;
import dev.mitosis.halnative.replication.PageTableReplication;
import dev.mitosis.halnative.topology.HostNode;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One call of numactl: the options act in their order, then the program starts. Source: numactl(8). */
final class Numactl {
    private static final int EINVAL = 22;

    private final LinuxCalls calls;
    private final SystemFiles files;
    private final Console console;
    private final String[] args;
    private final Getopt command;
    private final boolean simulated;
    private final HostView host;
    private final SetParser sets;
    private final SharedRegion region;
    private final TaskMempolicy mempolicy;

    private boolean all;
    private boolean balancing;
    private boolean didNodeOrCpu;
    private boolean didCpuBind;
    private BitSet replicaNodes = new BitSet();
    private @Nullable BitSet boundCpus;
    private @Nullable String shmOption;
    private @Nullable String lastNodes;
    private int policy = -1;
    private BitSet policyNodes = new BitSet();
    private int exitCode;

    private Numactl(
            LinuxCalls calls,
            SystemFiles files,
            Console console,
            String[] args,
            Getopt command,
            HostView host,
            SetParser sets) {
        this.calls = calls;
        this.files = files;
        this.console = console;
        this.args = args;
        this.command = command;
        this.simulated = isSimulated(command);
        this.host = host;
        this.sets = sets;
        this.region = new SharedRegion(calls, files, console, host.nodeBits());
        this.mempolicy = new TaskMempolicy(calls, host.nodeBits());
    }

    /** Runs numactl with these arguments; returns its exit code when no program took over. */
    static int run(String[] args, Console console, WhatIfLauncher simulation, LinuxCalls calls, SystemFiles files) {
        try {
            Getopt command = Getopt.parse(args);
            HostView host = view(command, console, calls, files);
            SetParser sets = new SetParser(host, new DeviceNodes(Path.of("/"), console), console);
            return new Numactl(calls, files, console, args, command, host, sets).run(simulation);
        } catch (NumactlExit e) {
            return e.code();
        } finally {
            console.flush();
        }
    }

    private static HostView view(Getopt command, Console console, LinuxCalls calls, SystemFiles files) {
        if (!isSimulated(command)) {
            return HostView.of(files, calls);
        }
        try {
            return HostView.of(SimulatedBoard.of(command.find(NumactlOption.MACHINE)));
        } catch (IllegalArgumentException e) {
            throw console.complain(e.getMessage() + "\n");
        }
    }

    private static boolean isSimulated(Getopt command) {
        return command.has(NumactlOption.WHATIF) || command.has(NumactlOption.MACHINE);
    }

    /** Does all that the command line says; returns only where no program took over the process. */
    private int run(WhatIfLauncher launcher) {
        for (Getopt.Found found : command.options()) {
            NumactlOption option = found.option();
            if (option == null) {
                console.err("numactl: " + found.value() + "\n");
                throw console.usage();
            }
            act(option, found.value());
        }
        int program = command.programIndex();
        if (region.isAttached()) {
            if (program < args.length) {
                throw console.usage();
            }
            return exitCode;
        }
        if (region.isStrict()) {
            console.err("numactl: warning. Strict flag for process ignored.\n");
        }
        if (shmOption != null) {
            throw console.usage("shm related option " + shmOption + " for process");
        }
        if (program == args.length) {
            throw console.usage();
        }
        return start(program, launcher);
    }

    private int start(int program, WhatIfLauncher launcher) {
        if (simulated) {
            console.flush();
            return launcher.launch(
                    new WhatIfQuestion(
                            command.find(NumactlOption.MACHINE),
                            command.find(NumactlOption.POLICIES),
                            replicaNodes,
                            boundCpus,
                            policy,
                            policyNodes),
                    args,
                    program);
        }
        console.flush();
        int errno = new ProgramStart(calls, files)
                .exec(RawCommandLine.last(List.of(args).subList(program, args.length)));
        throw console.complain("execution of `" + args[program] + "': " + calls.strerror(errno) + "\n");
    }

    private void act(NumactlOption option, String value) {
        switch (option) {
            case ALL -> readAll();
            case BALANCING -> {
                needNoPolicy();
                balancing = true;
            }
            case SHOW -> show();
            case HARDWARE -> hardware();
            case CPUBIND, CPUNODEBIND -> bindToNodes(value);
            case PHYSCPUBIND -> bindToCpus(value);
            case INTERLEAVE -> interleave(Policy.INTERLEAVE, value, "setting interleave mask");
            case WEIGHTED_INTERLEAVE ->
                interleave(Policy.WEIGHTED_INTERLEAVE, value, "setting weighted interleave mask");
            case MEMBIND -> {
                needNuma();
                choose(Policy.BIND, new BitSet());
                policyNodes = nodes(value);
                boolean balanced = balancing && !region.isAttached();
                setPolicy(
                        balanced ? Policy.BIND | Policy.F_NUMA_BALANCING : Policy.BIND, policyNodes, "setting membind");
            }
            case PREFERRED -> {
                needNuma();
                choose(Policy.PREFERRED, new BitSet());
                policyNodes = nodes(value);
                if (policyNodes.cardinality() != 1 && !region.isAttached()) {
                    throw console.usage();
                }
                setPolicy(Policy.PREFERRED, policyNodes, "setting preferred node");
            }
            case PREFERRED_MANY -> {
                if (!simulated && !mempolicy.canPreferMany()) {
                    throw console.complain("preferred-many requested without kernel support");
                }
                needNuma();
                choose(Policy.PREFERRED_MANY, new BitSet());
                policyNodes = nodes(value);
                setPolicy(Policy.PREFERRED_MANY, policyNodes, "setting preferred node");
            }
            case LOCALALLOC -> {
                needNuma();
                choose(Policy.LOCAL, new BitSet());
                setPolicy(Policy.LOCAL, null, "local allocation");
            }
            case PGTABLEREPL -> replicate(value);
            case VERSION -> {
                console.out("2.0.16\n");
                throw new NumactlExit(0);
            }
            case HELP -> {
                console.out(Usage.TEXT + "\n" + Usage.ADDITIONS);
                throw new NumactlExit(0);
            }
            case WHATIF, MACHINE, POLICIES, CPU_COMPRESS -> {
                // Looked up where they matter, wherever they stand.
            }
            default -> actOnSharedMemory(option, value);
        }
    }

    /** Over no nodes it means for a task to do nothing special; for a region it is a mistake, and the kernel says so. */
    private void interleave(int mode, String value, String doing) {
        needNuma();
        BitSet nodes = nodes(value);
        choose(mode, nodes);
        setPolicy(nodes.isEmpty() && !region.isAttached() ? Policy.DEFAULT : mode, nodes, doing);
    }

    private void actOnSharedMemory(NumactlOption option, String value) {
        switch (option) {
            case SHM -> {
                refuseCpuBind(didCpuBind);
                needNoPolicy();
                region.attachSystemV(value);
            }
            case FILE -> {
                refuseCpuBind(didCpuBind);
                needNoPolicy();
                region.attachFile(value);
            }
            case OFFSET -> {
                beforeShm("--offset");
                region.setOffset(Size.parse(value));
            }
            case LENGTH -> {
                beforeShm("--length");
                region.setLength(Size.parse(value));
            }
            case SHMMODE -> {
                beforeShm("--shmmode");
                region.setMode((int) numberOrUsage(value, 8));
            }
            case SHMID -> region.setId(numberOrUsage(value, 0));
            case HUGE -> {
                beforeShm("--huge");
                region.setHuge();
            }
            case STRICT -> region.setStrict();
            case TOUCH -> {
                afterShm("--touch");
                region.touch();
            }
            case DUMP -> {
                needShm("--dump");
                region.dumpPolicies();
            }
            case DUMP_NODES -> {
                needShm("--dump-nodes");
                region.dumpNodes();
            }
            case VERIFY -> {
                afterShm("--verify");
                if (policy < 0) {
                    throw console.complain("Need a policy first to verify");
                }
                if (policy == Policy.LOCAL) {
                    throw console.complain("Need a mask to verify");
                }
                exitCode = region.verify(policy, policyNodes) ? exitCode : 1;
            }
            default -> throw new IllegalStateException("option " + option + " does nothing");
        }
    }

    private void readAll() {
        if (didNodeOrCpu) {
            throw console.usage("--all/-a option must be before all cpu/node specifications");
        }
        all = true;
    }

    private void show() {
        if (simulated) {
            Show.printUnbound(host, console);
        } else if (!mempolicy.isAvailable()) {
            Show.printAffinity(console, Show.affinity(host, calls));
            console.out("No NUMA support available on this system.\n");
            throw new NumactlExit(1);
        } else {
            Show.print(host, calls, new InterleaveWeights(files), console);
            PageTableReplication replication = PageTableReplication.detect(files, calls);
            if (replication.isSupported()) {
                Show.printSet(
                        console,
                        "pgtablerepl",
                        replication.nodes(host.topology().nodeNumbers()));
            }
        }
        throw new NumactlExit(0);
    }

    private void hardware() {
        needNoPolicy();
        if (!simulated && !mempolicy.isAvailable()) {
            console.out("No NUMA available on this system\n");
            throw new NumactlExit(1);
        }
        console.out(Hardware.text(host.topology(), command.has(NumactlOption.CPU_COMPRESS)));
        throw new NumactlExit(0);
    }

    private void bindToNodes(String value) {
        refuseShmOption("-c/--cpubind/--cpunodebind");
        needNuma();
        BitSet nodes = nodes(value, true);
        refuseCpuBind(region.isAttached());
        didCpuBind = true;
        BitSet cpus = new BitSet();
        for (HostNode node : host.topology().nodes()) {
            if (nodes.get(node.number())) {
                cpus.or(node.cpus());
            }
        }
        int result = bind(cpus);
        if (result < 0) {
            console.err("numa_sched_setaffinity_v2_int() failed: " + calls.strerror(-result) + "\n");
            throw console.fail("sched_setaffinity: " + calls.strerror(-result));
        }
    }

    private void bindToCpus(String value) {
        refuseShmOption("-C/--physcpubind");
        BitSet cpus = sets.parseCpus(value, all);
        didNodeOrCpu = true;
        if (cpus == null) {
            throw invalid(value);
        }
        refuseCpuBind(region.isAttached());
        didCpuBind = true;
        int result = bind(cpus);
        if (result < 0) {
            throw console.fail("sched_setaffinity: " + calls.strerror(-result));
        }
    }

    /** Returns a negative errno if that failed; a simulated machine refuses the same. */
    private int bind(BitSet cpus) {
        boundCpus = cpus;
        if (simulated) {
            return cpus.isEmpty() ? -EINVAL : 0;
        }
        return calls.schedSetaffinity(0, Bitmasks.words(cpus, host.cpuBits()));
    }

    private void replicate(String value) {
        needNuma();
        BitSet nodes;
        try {
            nodes = nodes(value);
            if (nodes.isEmpty()) {
                throw invalid(value);
            }
        } catch (NumactlExit wrong) {
            if (!simulated) {
                hintAtSimulation(PageTableReplication.detect(files, calls), value);
            }
            throw wrong;
        }
        replicaNodes = nodes;
        if (simulated) {
            return;
        }
        PageTableReplication replication = PageTableReplication.detect(files, calls);
        int result = replication.setNodes(nodes, host.topology().nodeNumbers());
        if (result < 0) {
            console.err("set_pgreplpol: " + calls.strerror(-result) + "\n");
            Optional<String> reason = replication.explain(-result);
            if (reason.isPresent()) {
                console.err("numactl: " + reason.get() + "\n");
            }
            hintAtSimulation(replication, value);
            throw new NumactlExit(1);
        }
        Optional<String> lost = replication.prepareExec();
        if (lost.isPresent()) {
            throw console.fail("numactl: " + lost.get());
        }
    }

    /** A kernel without replication may be on a machine without the nodes too: the simulated one has both. */
    private void hintAtSimulation(PageTableReplication replication, String nodes) {
        if (!replication.isSupported()) {
            console.err("numactl: this kernel does not replicate page tables; numactl --whatif -r " + nodes
                    + " program ... says what it would do\n");
        }
    }

    private BitSet nodes(String value) {
        return nodes(value, false);
    }

    /** Reads a set of nodes, or of those whose processors are meant, or ends with the usage. */
    private BitSet nodes(String value, boolean meansCpus) {
        didNodeOrCpu = true;
        String text = value;
        if (value.equals("same")) {
            if (lastNodes == null) {
                throw console.usage("same needs previous node specification");
            }
            text = lastNodes;
        } else {
            lastNodes = value;
        }
        BitSet nodes = meansCpus ? sets.parseNodesOfCpus(text, all) : sets.parseNodes(text, all);
        if (nodes == null) {
            throw invalid(value);
        }
        return nodes;
    }

    private NumactlExit invalid(String value) {
        console.out("<" + value + "> is invalid\n");
        return console.usage();
    }

    private void choose(int chosen, BitSet nodes) {
        if (policy >= 0) {
            throw console.usage("Conflicting policies");
        }
        policy = chosen;
        policyNodes = nodes;
    }

    private void setPolicy(int mode, @Nullable BitSet nodes, String doing) {
        if (region.isAttached()) {
            region.setPolicy(mode, nodes, doing);
        } else {
            boolean needsNodes = mode == Policy.BIND || mode == Policy.PREFERRED_MANY;
            boolean lacksNodes = needsNodes && nodes != null && nodes.isEmpty();
            int result = !simulated ? mempolicy.set(mode, nodes) : lacksNodes ? -EINVAL : 0;
            if (result < 0) {
                console.err("set_mempolicy: " + calls.strerror(-result) + "\n");
                throw console.fail(doing + ": " + calls.strerror(-result));
            }
        }
    }

    private void needNuma() {
        if (!simulated && !mempolicy.isAvailable()) {
            throw console.complain("This system does not support NUMA policy");
        }
    }

    private void needNoPolicy() {
        if (policy >= 0) {
            throw console.usage("specify policy after --shm/--file");
        }
    }

    private void refuseCpuBind(boolean wrong) {
        if (wrong) {
            throw console.usage("cannot do --cpubind on shared memory\n");
        }
    }

    private void refuseShmOption(String option) {
        if (shmOption != null) {
            throw console.usage(shmOption + " shm option is not allowed before " + option);
        }
    }

    private void beforeShm(String option) {
        if (region.isAttached()) {
            throw console.usage(option + " must be before shared memory specification");
        }
        shmOption = option;
    }

    private void afterShm(String option) {
        if (!region.isAttached()) {
            throw console.usage(option + " must be after shared memory specification");
        }
    }

    private void needShm(String option) {
        if (!region.isAttached()) {
            throw console.complain("Cannot do " + option + " without shared memory.\n");
        }
    }

    private long numberOrUsage(String value, int base) {
        NumberScanner scanner = new NumberScanner(value, 0);
        long number = scanner.next(base);
        if (!scanner.isFound() || scanner.position() < value.length()) {
            throw console.usage();
        }
        return number;
    }
}
