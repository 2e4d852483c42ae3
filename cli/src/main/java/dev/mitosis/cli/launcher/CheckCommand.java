package dev.mitosis.cli.launcher;

import dev.mitosis.cli.terminal.CommandException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The entry of {@code check} in the help: the launcher script runs the campaigns itself, because they are tests, and must be built
 * from what this program is made of.
 */
@Command(
        name = "check",
        description = "Runs the campaigns that are too long for every build; all of them when none is named.",
        footer = {
            "",
            "Examples:",
            "  ./mitosis check --differential                 two million calls on this host's kernel and ours",
            "  ./mitosis check --scripts --ops 200000         random scripts under every replica invariant",
            "  ./mitosis check --storm --seconds 600          eight threads at once, with copies changing under them",
            "  ./mitosis check --sampling                     speedups by windows of five programs, beside those of"
                    + " all accesses",
            "  ./mitosis check --install                      installs to a temporary folder, uses it, removes it",
            "  ./mitosis check --docs                         builds the site, opens every page, follows every link",
            "  ./mitosis check --fuzz --seed 7                a million damaged inputs for all readers, in 512 MiB",
            "  ./mitosis check --guest                        numactl on an emulated machine of four nodes, beside the"
                    + " system's"
        })
public final class CheckCommand implements Callable<Integer> {
    @Option(names = "--differential", description = "Random memory calls, on this host's kernel and on ours.")
    private boolean differential;

    @Option(names = "--scripts", description = "Random scripts of everything that edits page tables.")
    private boolean scripts;

    @Option(names = "--storm", description = "Eight threads in one kernel.")
    private boolean storm;

    @Option(names = "--guest", description = "Command lines of numactl on a machine of four nodes, in emulation.")
    private boolean guest;

    @Option(names = "--library", description = "The library, installed and used by a project outside the tree.")
    private boolean library;

    @Option(names = "--reproducible", description = "The jars of two builds in different folders, compared.")
    private boolean reproducible;

    @Option(names = "--fuzz", description = "Damaged input for every reader of what others wrote.")
    private boolean fuzz;

    @Option(names = "--docs", description = "Every page of the documentation site, opened in Chromium.")
    private boolean docs;

    @Option(
            names = "--recorder",
            description = "Many programs natively and under each recorder; writes docs/recording.md.")
    private boolean recorder;

    @Option(names = "--debian13", description = "demo and test from a fresh clone in a Debian 13 root (needs root).")
    private boolean debian13;

    @Option(names = "--install", description = "An installation: made, used without the repository, removed.")
    private boolean install;

    @Option(
            names = "--sampling",
            description = "What windows of recorded programs predict, and what all their accesses say.")
    private boolean sampling;

    @Option(
            names = "--ops",
            paramLabel = "N",
            description = "Calls of --differential (2,000,000), steps of --scripts or inputs of --fuzz (1,000,000).")
    private long ops;

    @Option(names = "--seconds", paramLabel = "N", description = "How long --storm lasts (600).")
    private long seconds;

    @Option(names = "--seed", paramLabel = "N", description = "Another seed, other scripts (1).")
    private long seed;

    @Override
    public Integer call() {
        throw CommandException.failure(
                "the campaigns are run by the launcher: use ./mitosis check at the repository root"
                        + (differential
                                        || scripts
                                        || storm
                                        || fuzz
                                        || sampling
                                        || guest
                                        || install
                                        || docs
                                        || library
                                        || reproducible
                                        || recorder
                                        || debian13
                                        || ops + seconds + seed > 0
                                ? " with these options"
                                : ""));
    }
}
