package dev.mitosis.shim.command;

import dev.mitosis.shim.CommandException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * The entry of {@code numactl} in the help. The launcher reads numactl's own grammar and is started before this command line is
 * ({@link dev.mitosis.shim.Main}).
 */
@Command(
        name = "numactl",
        description = "Runs a program as numactl does, with its page tables replicated (-r) where the kernel can.",
        footer = {
            "",
            "Options are numactl's. On a kernel that cannot replicate page tables, --whatif simulates one that can.",
            "Examples:",
            "  ./mitosis numactl --hardware",
            "  ./mitosis numactl -N 0 -m 0 -r all ./my-program",
            "  ./mitosis numactl --whatif -r all ./my-program"
        })
public final class NumactlCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw CommandException.failure("numactl is started as the first word: ./mitosis numactl [options] program");
    }
}
