package dev.mitosis.cli.program;

import dev.mitosis.cli.simulation.MachineOptions;
import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.RunOptions;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.workloads.recorder.ProgramOutput;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code demo}: {@code whatif} for a program that every Debian has, chosen so that the question is worth asking. */
@Command(
        name = "demo",
        description = "Records sqlite3 looking up random rows, and shows what page-table placement would do for it.",
        footer = {"", "Examples:", "  ./mitosis demo"})
public final class DemoCommand implements Callable<Integer> {
    private static final int ROWS = 200_000;
    private static final int LOOKUPS = 300_000;
    /** Rows of most of a page each, so that a look-up goes to a page of its own in a database of 0.8 GB. */
    private static final String FILL = "pragma journal_mode=off; pragma synchronous=off;"
            + "create table rows(id integer primary key, payload blob);"
            + "insert into rows select value, zeroblob(3000) from generate_series(1, " + ROWS + ");";

    private static final String LOOK_UP = "pragma mmap_size=4000000000;"
            + "select 'looked up', count(*), 'rows of', sum(length(payload)), 'bytes' from generate_series(1, "
            + LOOKUPS
            + ") join rows on id = 1 + (value * 2654435761) % " + ROWS + ";";

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Mixin
    private final PolicyOptions policies = new PolicyOptions();

    @Mixin
    private final RecorderOptions recorder = new RecorderOptions();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final RunOptions run = new RunOptions();

    @Override
    public Integer call() throws IOException {
        WhatIf whatIf = Comparison.of(machine, policies, new PlacementOptions(), run);
        Path folder = Files.createTempDirectory("mitosis-demo-");
        Path database = folder.resolve("demo.db");
        Path trace = folder.resolve("demo.mtrace");
        // In the reverse of this order, also when the demonstration is interrupted.
        folder.toFile().deleteOnExit();
        database.toFile().deleteOnExit();
        trace.toFile().deleteOnExit();
        try {
            say("making a database of 0.8 GB with sqlite3 ...");
            fill(database);
            say("recording sqlite3 while it looks up " + LOOKUPS + " random rows ...");
            ProgramRecording recorded = Comparison.record(
                    List.of("sqlite3", "-cmd", ".output /dev/null", database.toString(), LOOK_UP),
                    trace,
                    SamplingPlan.EVERYTHING,
                    recorder,
                    ProgramOutput.STANDARD_ERROR);
            say("recorded with " + recorded.result().recorder());
            say("simulating it, on a machine for each policy ...");
            Results.print(
                    Specs.out(spec),
                    output,
                    Comparison.simulate(
                            whatIf, recorded.recording(), Comparison.notes(recorded, SamplingPlan.EVERYTHING)));
            say("try your own: ./mitosis whatif -- PROGRAM ARGUMENTS");
            return 0;
        } finally {
            Comparison.delete(trace);
            Files.deleteIfExists(database);
            Files.deleteIfExists(folder);
        }
    }

    private static void fill(Path database) throws IOException {
        Process sqlite = new ProcessBuilder("sqlite3", database.toString(), FILL)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            int status = sqlite.waitFor();
            if (status != 0) {
                throw CommandException.failure("sqlite3 could not make the database (exit code " + status + ")");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            sqlite.destroy();
        }
    }

    private void say(String line) {
        Specs.err(spec).println("mitosis: " + line);
        Specs.err(spec).flush();
    }
}
