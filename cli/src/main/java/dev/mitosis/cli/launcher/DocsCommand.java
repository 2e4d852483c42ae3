package dev.mitosis.cli.launcher;

import dev.mitosis.cli.terminal.CommandException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The entry of {@code docs} in the help: the launcher script builds the site, because it has the documents. */
@Command(
        name = "docs",
        description = {
            "Builds the documentation site from docs/, with search and checked links. First it makes the generated"
                    + " parts of",
            "docs/ again: the commands, machines, workloads, policies, figures, formats and decisions that there are.",
            "Its packages are installed with npm once; after that it needs no network."
        },
        footer = {
            "",
            "Examples:",
            "  ./mitosis docs                       the site in target/site/dist",
            "  ./mitosis docs -o /srv/www/mitosis   the site elsewhere",
            "  ./mitosis docs --pages               the generated parts of docs/ only"
        })
public final class DocsCommand implements Callable<Integer> {
    @Option(names = "--pages", description = "Make the generated parts only, and no site.")
    private boolean pages;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Where the site goes (default: target/site/dist).")
    private @Nullable Path output;

    @Override
    public Integer call() {
        throw CommandException.failure("the site is built by the launcher: use ./mitosis docs"
                + (pages ? " --pages" : "") + (output == null ? "" : " -o " + output) + " at the repository root");
    }
}
