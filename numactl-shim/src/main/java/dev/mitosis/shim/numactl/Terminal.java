package dev.mitosis.shim.numactl;

import java.io.PrintStream;

/** Where numactl speaks: its two streams, and its ways of ending with a complaint. */
final class Terminal {
    private static final String USAGE =
            """
            usage: numactl [--all | -a] [--balancing | -b] [--interleave= | -i <nodes>]
            \t\t[--preferred= | -p <node>] [--preferred-many= | -P <nodes>]
                           [--physcpubind= | -C <cpus>] [--cpunodebind= | -N <nodes>]
                           [--membind= | -m <nodes>] [--localalloc | -l]
                           [--pgtablerepl= | -r <nodes>] command args ...
                   numactl [--show | -s]
                   numactl [--hardware | -H]
                   numactl --whatif [--machine=<machine>] [--pgtablerepl= | -r <nodes>] command args ...

            memory policy is --interleave | -i, --preferred | -p, --membind | -m, --localalloc | -l
            --pgtablerepl | -r replicates the page tables of the command on nodes
            --whatif runs the command under a recorder and says what its policy would do
            <nodes> is a comma delimited list of node numbers or A-B ranges or all.
            <cpus> is a comma delimited list of cpu numbers or A-B ranges or all
            all ranges can be inverted with !
            all numbers and ranges can be made cpuset-relative with +
            the old --cpubind argument is deprecated.
            use --cpunodebind or --physcpubind instead
            use --balancing | -b to enable Linux kernel NUMA balancing
            for the process if it is supported by kernel
            """;

    private final PrintStream out;
    private final PrintStream err;

    Terminal(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    PrintStream out() {
        return out;
    }

    void error(String line) {
        err.print(line + "\n");
        err.flush();
    }

    /** A warning as libnuma prints them. */
    void warn(String text) {
        error("libnuma: Warning: " + text);
    }

    NumactlExit usage() {
        out.flush();
        err.print(USAGE);
        err.flush();
        return new NumactlExit(1);
    }

    /** The original ends the line of its message on the other stream. */
    NumactlExit usage(String message) {
        err.print("numactl: " + message);
        out.print("\n");
        return usage();
    }

    NumactlExit complain(String message) {
        err.print("numactl: " + message);
        err.flush();
        out.print("\n");
        out.flush();
        return new NumactlExit(1);
    }

    NumactlExit invalid(String argument) {
        out.print("<" + argument + "> is invalid\n");
        return usage();
    }
}
