package dev.mitosis.cli.launcher;

import dev.mitosis.cli.terminal.CommandException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * The entry of {@code test} in the help: the launcher script runs the tests itself, because they must build what this
 * program is made of.
 */
@Command(
        name = "test",
        description = "Installs what is missing and runs every test.",
        footer = {"", "Examples:", "  ./mitosis test"})
public final class TestCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw CommandException.failure("the tests are run by the launcher: use ./mitosis test at the repository root");
    }
}
