package dev.mitosis.cli;

import dev.mitosis.cli.terminal.ProductVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The root of the command line: it has no work of its own, only subcommands and the help. */
@Command(
        name = "mitosis",
        description = "Where should page tables live on a NUMA machine?",
        subcommands = HelpCommand.class,
        subcommandsRepeatable = false,
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = ProductVersion.class,
        footerHeading = "%nExit codes: 0 success, 1 failure, 2 usage.%n",
        footer = "mitosis help COMMAND shows a command's options and examples.")
public final class Mitosis {}
