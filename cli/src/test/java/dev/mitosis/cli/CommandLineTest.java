package dev.mitosis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.RunOptions;
import dev.mitosis.cli.terminal.TakesProgram;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Command(name = "probe", description = "A command for these tests.")
    static final class Probe implements Callable<Integer>, TakesProgram {
        @Mixin
        final OutputOptions output = new OutputOptions();

        @Mixin
        final RunOptions run = new RunOptions();

        @Option(names = "--machine")
        String machine = "none";

        @Parameters
        List<String> program = List.of();

        @Nullable
        Exception failure;

        @Override
        public Integer call() throws Exception {
            if (failure != null) {
                throw failure;
            }
            run.threads();
            return program.size();
        }
    }

    private final Probe probe = new Probe();

    private int execute(String... args) {
        CommandLine line = Main.commandLine(List.of(probe));
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(args);
    }

    @Test
    void helpGoesToStandardOutput() {
        assertEquals(0, execute("--help"));
        assertTrue(out.toString().contains("probe"), out.toString());
        assertEquals("", err.toString());
    }

    @Test
    void versionIsTheOneThatTheBuildStamped() {
        assertEquals(0, execute("--version"));
        assertTrue(out.toString().startsWith("mitosis 0."), out.toString());
    }

    @Test
    void anUnknownCommandSuggestsTheNearest() {
        assertEquals(2, execute("prove"));
        assertEquals("mitosis: unknown command 'prove'; did you mean probe? (see mitosis --help)\n", err.toString());
    }

    @Test
    void anUnknownOptionSuggestsTheNearest() {
        assertEquals(2, execute("probe", "--machin", "x"));
        assertEquals(
                "mitosis: unknown option '--machin'; did you mean --machine? (see mitosis probe --help)\n",
                err.toString());
    }

    @Test
    void aMissingCommandIsOneLine() {
        assertEquals(2, execute());
        assertEquals("mitosis: missing required subcommand (see mitosis --help)\n", err.toString());
    }

    @Test
    void aBadValueNamesTheOptionAndTheChoices() {
        assertEquals(2, execute("probe", "--format", "yaml"));
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().contains("--format") && err.toString().contains("CSV"), err.toString());
    }

    @Test
    void threadsBelowOneAreRefused() {
        assertEquals(2, execute("probe", "--threads", "-3"));
        assertEquals("mitosis: --threads must be at least 1, not -3\n", err.toString());
    }

    @Test
    void aProgramKeepsItsOwnOptions() {
        assertEquals(5, execute("probe", "--seed", "7", "sort", "--seed", "@file", "'q'", "--"));
        assertEquals(List.of("sort", "--seed", "@file", "'q'", "--"), probe.program);
        assertEquals(7, probe.run.seed());
    }

    @Test
    void twoDashesEndTheOptions() {
        assertEquals(2, execute("probe", "--", "--machine", "x"));
        assertEquals(List.of("--machine", "x"), probe.program);
        assertEquals("none", probe.machine);
    }

    @Test
    void aFailureOfTheOutsideWorldIsOneLine() {
        probe.failure = new NoSuchFileException("/nowhere/trace.mtrace");
        assertEquals(1, execute("probe"));
        assertEquals("mitosis: /nowhere/trace.mtrace: no such file or directory\n", err.toString());
    }

    @Test
    void aMessageOfManyLinesBecomesOne() {
        probe.failure = new IOException("first\n  second\n");
        assertEquals(1, execute("probe"));
        assertEquals("mitosis: first; second\n", err.toString());
    }

    @Test
    void aCommandChoosesItsExitCode() {
        probe.failure = CommandException.usage("no such machine");
        assertEquals(2, execute("probe"));
        probe.failure = CommandException.failure("it did not work");
        assertEquals(1, execute("probe"));
        assertEquals("mitosis: no such machine\nmitosis: it did not work\n", err.toString());
    }

    @Test
    void aDefectIsOneLineThatSaysHowToSeeMore() {
        probe.failure = new IllegalStateException("ring\nis broken");
        assertEquals(1, execute("probe"));
        assertEquals(
                "mitosis: a defect in mitosis, please report it: java.lang.IllegalStateException: ring; is broken"
                        + " (MITOSIS_TRACE=1 shows where)\n",
                err.toString());
    }

    @Test
    void everyRegisteredCommandExplainsItself() {
        for (Object command : CommandRegistry.commands()) {
            CommandLine line = new CommandLine(command);
            String help = line.getUsageMessage();
            assertTrue(line.getCommandSpec().usageMessage().description().length > 0, help);
            assertTrue(help.contains("Examples:") && help.contains("./mitosis " + line.getCommandName()), help);
        }
    }
}
