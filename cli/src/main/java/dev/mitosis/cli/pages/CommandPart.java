package dev.mitosis.cli.pages;

import dev.mitosis.cli.CommandRegistry;
import dev.mitosis.cli.Main;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Every command as the help describes it: what it does, its arguments and options, its examples. */
final class CommandPart {
    private CommandPart() {}

    static String text() {
        CommandLine root = Main.commandLine(CommandRegistry.commands());
        root.setUsageHelpWidth(100);
        return root.getSubcommands().values().stream()
                .filter(command -> !command.getCommandName().equals("help"))
                .map(CommandPart::section)
                .collect(Collectors.joining("\n"));
    }

    private static String section(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        Help help = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF));
        StringBuilder section = new StringBuilder("## " + spec.name() + "\n\n")
                .append(Markdown.plain(String.join(" ", spec.usageMessage().description())))
                .append("\n\n")
                .append(Markdown.fenced("./" + help.synopsis(2)))
                .append('\n')
                .append(Markdown.table(List.of("argument", "meaning"), arguments(spec)));
        String footer = help.footer().strip();
        if (!footer.isEmpty()) {
            section.append('\n').append(Markdown.fenced(footer));
        }
        return section.toString();
    }

    private static List<List<String>> arguments(CommandSpec spec) {
        List<List<String>> rows = new ArrayList<>();
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            if (!parameter.hidden()) {
                rows.add(List.of(Markdown.code(parameter.paramLabel()), meaning(parameter)));
            }
        }
        for (OptionSpec option : spec.options()) {
            if (!option.hidden()) {
                String names = String.join(", ", option.names());
                boolean takesValue = option.arity().max() > 0;
                rows.add(List.of(
                        Markdown.code(takesValue ? names + " " + option.paramLabel() : names), meaning(option)));
            }
        }
        return rows;
    }

    /** The description with picocli's variables, such as the default, filled in. */
    private static String meaning(ArgSpec argument) {
        return Markdown.plain(String.join(" ", argument.description()));
    }
}
