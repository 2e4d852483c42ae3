package dev.mitosis.cli.launcher;

import dev.mitosis.cli.terminal.CommandException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The entry of {@code install-local} in the help: the launcher script has Maven build the library from the repository. */
@Command(
        name = "install-local",
        description = {
            "Installs the library, its sources and its javadoc as Maven artifacts, for projects of your own that use it."
        },
        footer = {"", "Examples:", "  ./mitosis install-local", "  ./mitosis install-local ~/repository"})
public final class InstallLocalCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            description = "The Maven repository (default: the one of this user, as Maven finds it).")
    private @Nullable Path folder;

    @Override
    public Integer call() {
        throw CommandException.failure("install-local is done by the launcher: use ./mitosis install-local"
                + (folder == null ? "" : " " + folder) + " at the repository root");
    }
}
