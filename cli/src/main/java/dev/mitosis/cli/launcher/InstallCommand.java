package dev.mitosis.cli.launcher;

import dev.mitosis.cli.terminal.CommandException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The entry of {@code install} in the help: the launcher script installs, because it has the repository to install from. */
@Command(
        name = "install",
        description = {
            "Installs mitosis and numactl-mitosis with a Java runtime of their own, man pages, completions and machine files.",
            "With --deb it makes a Debian package of them."
        },
        footer = {
            "",
            "Examples:",
            "  ./mitosis install ~/.local",
            "  ./mitosis install --remove ~/.local",
            "  ./mitosis install --deb . && sudo dpkg -i mitosis_*.deb"
        })
public final class InstallCommand implements Callable<Integer> {
    @Option(names = "--deb", description = "Write a Debian package to the folder.")
    private boolean deb;

    @Option(names = "--remove", description = "Remove what was installed in the folder.")
    private boolean remove;

    @Parameters(arity = "1", paramLabel = "PREFIX", description = "The folder, such as ~/.local or /usr/local.")
    private @Nullable Path folder;

    @Override
    public Integer call() {
        throw CommandException.failure("install is done by the launcher: use ./mitosis install"
                + (deb ? " --deb" : remove ? " --remove" : "") + " " + folder + " at the repository root");
    }
}
