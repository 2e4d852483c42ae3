package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.HostPolicy;
import dev.mitosis.halnative.HostProgram;
import dev.mitosis.halnative.HostTopology;
import dev.mitosis.halnative.NativeError;
import dev.mitosis.halnative.NodeDirectory;
import dev.mitosis.halnative.ReplicationSwitch;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run of numactl: options are obeyed as they are read, then the program takes this process's place.
 *
 * <p>Source: numactl(8), version 2.0.16; {@code -r} as in the Mitosis artifact's numactl.
 */
public final class Numactl {
    private static final int NO_POLICY = -1;

    private static final List<LongOptions.Option> OPTIONS = List.of(
            new LongOptions.Option('a', "all", false),
            new LongOptions.Option('b', "balancing", false),
            new LongOptions.Option('i', "interleave", true),
            new LongOptions.Option('p', "preferred", true),
            new LongOptions.Option('P', "preferred-many", true),
            new LongOptions.Option('c', "cpubind", true),
            new LongOptions.Option('N', "cpunodebind", true),
            new LongOptions.Option('C', "physcpubind", true),
            new LongOptions.Option('m', "membind", true),
            new LongOptions.Option('l', "localalloc", false),
            new LongOptions.Option('r', "pgtablerepl", true),
            new LongOptions.Option('s', "show", false),
            new LongOptions.Option('H', "hardware", false),
            new LongOptions.Option('\1', "whatif", false),
            new LongOptions.Option('\2', "machine", true));

    private final Terminal terminal;
    private final WhatIfLauncher simulation;
    private final BitSet openAtStart;
    private HostTopology board;
    private boolean isSimulated;
    private boolean ignoresCpuset;
    private boolean balances;
    private @Nullable String machine;
    private BitSet replicaNodes = new BitSet();
    private @Nullable BitSet lastNodes;
    private int policy = NO_POLICY;

    private Numactl(Terminal terminal, WhatIfLauncher simulation) throws IOException {
        this.terminal = terminal;
        this.simulation = simulation;
        this.openAtStart = HostProgram.descriptorsAtStart();
        this.board = NodeDirectory.read(Path.of("/sys"));
    }

    /** Runs numactl with these arguments; returns its exit code when no program took over. */
    public static int run(List<String> arguments, PrintStream out, PrintStream err, WhatIfLauncher simulation) {
        Terminal terminal = new Terminal(out, err);
        try {
            return new Numactl(terminal, simulation).run(arguments);
        } catch (NumactlExit exit) {
            out.flush();
            return exit.code();
        } catch (IOException e) {
            terminal.error("numactl: " + e.getMessage());
            return 1;
        }
    }

    private int run(List<String> arguments) throws IOException {
        LongOptions options = new LongOptions(OPTIONS, arguments, terminal);
        for (LongOptions.Found option = options.next(); option != null; option = options.next()) {
            obey(option);
        }
        List<String> program = options.rest();
        if (program.isEmpty()) {
            throw terminal.usage();
        }
        if (isSimulated) {
            return simulation.launch(machine, replicaNodes, List.copyOf(program));
        }
        terminal.out().flush();
        NativeError failed = HostProgram.exec(program, openAtStart);
        throw terminal.complain("execution of `" + program.get(0) + "': " + failed.words() + "\n");
    }

    private void obey(LongOptions.Found option) throws IOException {
        String argument = option.argument();
        switch (option.letter()) {
            case 'a' -> ignoresCpuset = true;
            case 'b' -> balances = true;
            case 'i' -> policy(HostPolicy.INTERLEAVE, nodes(argument), "setting interleave mask");
            case 'p' -> policy(HostPolicy.PREFERRED, firstOf(nodes(argument)), "setting preferred node");
            case 'P' -> policy(HostPolicy.PREFERRED_MANY, nodes(argument), "setting preferred_many");
            case 'c', 'N' -> bindToNodes(nodes(argument));
            case 'C' -> bindToCpus(cpus(argument));
            case 'm' -> policy(HostPolicy.BIND, nodes(argument), "setting membind");
            case 'l' -> policy(HostPolicy.LOCAL, new BitSet(), "local allocation");
            case 'r' -> replicate(argument);
            case 's' -> show();
            case 'H' -> {
                BoardReport.hardware(terminal.out(), board);
                throw new NumactlExit(0);
            }
            case '\1' -> simulate(null);
            case '\2' -> simulate(argument);
            default -> throw new IllegalStateException("option " + option.letter());
        }
    }

    // ---- arguments ----

    private BitSet nodes(String text) throws IOException {
        if (text.equals("same")) {
            BitSet last = lastNodes;
            if (last == null) {
                throw terminal.usage("same needs previous node specification");
            }
            return last;
        }
        BitSet allowed = board.nodes();
        if (!isSimulated && !ignoresCpuset) {
            allowed.and(BoardReport.allowedNodes());
        }
        BitSet nodes = new NumberString("node", allowed, terminal).parse(text);
        if (nodes == null) {
            throw terminal.invalid(text);
        }
        lastNodes = nodes;
        return nodes;
    }

    private BitSet cpus(String text) throws IOException {
        BitSet allowed = board.cpus();
        if (!isSimulated && !ignoresCpuset) {
            allowed.and(BoardReport.allowedCpus());
        }
        BitSet cpus = new NumberString("cpu", allowed, terminal).parse(text);
        if (cpus == null) {
            throw terminal.invalid(text);
        }
        return cpus;
    }

    private static BitSet firstOf(BitSet nodes) {
        BitSet first = new BitSet();
        if (!nodes.isEmpty()) {
            first.set(nodes.nextSetBit(0));
        }
        return first;
    }

    // ---- effects ----

    private void policy(int mode, BitSet nodes, String what) {
        if (policy != NO_POLICY) {
            throw terminal.usage("Conflicting policies");
        }
        policy = mode;
        if (isSimulated) {
            return;
        }
        try {
            setPolicy(mode, nodes);
        } catch (NativeError e) {
            terminal.error("set_mempolicy: " + e.words());
            terminal.error(what + ": " + e.words());
            throw new NumactlExit(1);
        }
    }

    private void setPolicy(int mode, BitSet nodes) throws NativeError {
        if (balances && mode == HostPolicy.BIND) {
            try {
                HostPolicy.set(mode | HostPolicy.NUMA_BALANCING, nodes);
                return;
            } catch (NativeError e) {
                if (e.errno() != NativeError.EINVAL) {
                    throw e;
                }
                // A kernel without the flag: the policy alone.
            }
        }
        // Interleaving over no nodes at all is no policy.
        HostPolicy.set(mode == HostPolicy.INTERLEAVE && nodes.isEmpty() ? HostPolicy.DEFAULT : mode, nodes);
    }

    private void bindToNodes(BitSet nodes) {
        if (isSimulated) {
            return;
        }
        try {
            HostPolicy.setAffinity(board.cpusOf(nodes));
        } catch (NativeError e) {
            terminal.error("numa_sched_setaffinity_v2_int() failed: " + e.words());
            terminal.error("sched_setaffinity: " + e.words());
            throw new NumactlExit(1);
        }
    }

    private void bindToCpus(BitSet cpus) {
        if (isSimulated) {
            return;
        }
        try {
            HostPolicy.setAffinity(cpus);
        } catch (NativeError e) {
            terminal.error("sched_setaffinity: " + e.words());
            throw new NumactlExit(1);
        }
    }

    private void replicate(String text) throws IOException {
        BitSet nodes = nodes(text);
        if (nodes.isEmpty()) {
            throw terminal.invalid(text);
        }
        replicaNodes = nodes;
        if (isSimulated) {
            return;
        }
        ReplicationSwitch kernel = new ReplicationSwitch(Path.of("/proc"));
        try {
            kernel.enable(nodes, board.nodes());
        } catch (NativeError e) {
            terminal.error("set_pgreplpol: " + e.words());
            if (e.errno() == NativeError.ENOSYS) {
                terminal.error("numactl: this kernel cannot replicate page tables;" + " numactl --whatif -r " + text
                        + " command shows what it would do on a machine whose kernel can");
            }
            throw new NumactlExit(1);
        }
        if (!kernel.isInherited()) {
            terminal.error("numactl: this kernel drops page-table replication on exec;"
                    + " write 1 to /proc/mitosis/inherit or kernel.mitosis_inherit first");
            throw new NumactlExit(1);
        }
    }

    private void show() throws IOException {
        try {
            BoardReport.show(terminal.out(), board);
        } catch (NativeError e) {
            terminal.error("get_mempolicy: " + e.words());
            throw new NumactlExit(1);
        }
        throw new NumactlExit(0);
    }

    /** From here on, nodes are those of a simulated machine. */
    private void simulate(@Nullable String name) {
        if (policy != NO_POLICY) {
            throw terminal.usage("--whatif must come before policies");
        }
        isSimulated = true;
        machine = name == null ? machine : name;
        try {
            board = SimulatedBoard.of(machine);
        } catch (IllegalArgumentException e) {
            throw terminal.complain(e.getMessage() + "\n");
        }
    }
}
