package dev.mitosis.cli.program;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.counters.Counters;
import dev.mitosis.lab.report.BoundsText;
import dev.mitosis.lab.whatif.CountersAlone;
import dev.mitosis.lab.whatif.CountersAlone.Bounds;
import dev.mitosis.lab.whatif.WhatIf;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What hardware counted while the program ran: the option {@code --counters}. */
public final class CounterOptions {
    @Option(
            names = "--counters",
            paramLabel = "FILE",
            description =
                    "Output of perf stat (also -x, -j, -I, -r) of the program on this machine, to fit the answer to; -"
                            + " is standard input. Several files are several runs.")
    private List<Path> files = new ArrayList<>();

    boolean isGiven() {
        return !files.isEmpty();
    }

    Counters read() throws IOException {
        try {
            return Counters.read(files);
        } catch (IllegalArgumentException e) {
            throw CommandException.failure(String.valueOf(e.getMessage()));
        }
    }

    /** Fits a comparison, where there are counters, and gives what should be known of them. */
    List<String> fit(WhatIf whatIf) throws IOException {
        if (!isGiven()) {
            return List.of();
        }
        Counters counters = read();
        try {
            whatIf.withCounters(counters.requireInstructions());
        } catch (IllegalArgumentException e) {
            throw CommandException.failure(String.valueOf(e.getMessage()));
        }
        return counters.notes();
    }

    /** Prints what the counters say without a program. */
    void answerAlone(MachineProfile profile, PrintWriter out, OutputOptions output) throws IOException {
        Counters counters = read();
        try {
            Bounds bounds = new CountersAlone(profile, counters).answer();
            Results.print(
                    out,
                    output,
                    "result",
                    BoundsText.of(bounds, counters.notes()),
                    BoundsText.json(bounds, counters.notes()),
                    BoundsText.csv(bounds));
        } catch (IllegalArgumentException e) {
            throw CommandException.failure(String.valueOf(e.getMessage()));
        }
    }
}
