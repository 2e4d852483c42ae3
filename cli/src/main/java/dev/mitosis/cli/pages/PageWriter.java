package dev.mitosis.cli.pages;

import dev.mitosis.cli.CommandRegistry;
import dev.mitosis.cli.Main;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/** Where {@code ./mitosis install} writes man pages, as AsciiDoc, and completions from: the command line itself. */
public final class PageWriter {
    private PageWriter() {}

    /** Takes the folder of the pages and the file of the completions. */
    public static void main(String[] args) throws IOException {
        CommandLine line = Main.commandLine(CommandRegistry.commands());
        ManPageGenerator.generateManPage(new File(args[0]), null, new boolean[0], true, line.getCommandSpec());
        Files.writeString(Path.of(args[1]), AutoComplete.bash("mitosis", line));
    }
}
