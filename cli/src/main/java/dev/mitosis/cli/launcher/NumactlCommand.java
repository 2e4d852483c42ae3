package dev.mitosis.cli.launcher;

import dev.mitosis.cli.terminal.CommandException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * The entry of {@code numactl} in the help. The launcher reads numactl's own grammar, and {@code ./mitosis} starts it in
 * place of this command line ({@link dev.mitosis.shim.numactl.NumactlMain}).
 */
@Command(
        name = "numactl",
        description = "Runs a program as numactl does, with its page tables replicated (-r) where the kernel can.",
        footer = {
            "",
            "Options are numactl's; ./mitosis numactl --help lists them all. On a kernel that cannot replicate page tables, --whatif",
            "records the program and simulates a kernel that can, on a machine whose nodes and processors the options then mean.",
            "bin/numactl is the same command, and can stand before the system's in PATH.",
            "Examples:",
            "  ./mitosis numactl --hardware",
            "  ./mitosis numactl -N 0 -m 0 -r all ./my-program",
            "  ./mitosis numactl --whatif -r all ./my-program",
            "  ./mitosis numactl --machine 8s-cascade-lake -N 0 -m 7 ./my-program"
        })
public final class NumactlCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw CommandException.failure("numactl is started as the first word: ./mitosis numactl [options] program");
    }
}
