package dev.mitosis.cli.terminal;

import dev.mitosis.lab.report.FigureText;
import dev.mitosis.lab.report.ResultCsv;
import dev.mitosis.lab.report.ResultJson;
import dev.mitosis.lab.report.ResultText;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.whatif.Answer;
import dev.mitosis.workloads.trace.PartialFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Prints a result in the format asked for, and writes it in all formats where a directory was given. */
public final class Results {
    private Results() {}

    public static void print(PrintWriter out, OutputOptions options, RunResult result) throws IOException {
        print(out, options, ResultText.of(result), ResultJson.of(result), ResultCsv.of(result));
    }

    public static void print(PrintWriter out, OutputOptions options, Answer answer) throws IOException {
        print(out, options, ResultText.of(answer), ResultJson.of(answer), ResultCsv.of(answer));
    }

    public static void print(PrintWriter out, OutputOptions options, Figure figure) throws IOException {
        String csv = FigureText.csv(figure);
        print(out, options, figure.id(), FigureText.of(figure), FigureText.json(figure), csv);
    }

    private static void print(PrintWriter out, OutputOptions options, String text, String json, String csv)
            throws IOException {
        print(out, options, "result", text, json, csv);
    }

    /** Prints one of three forms, whose last line is not ended, and writes all to {@code DIR/NAME}. */
    public static void print(PrintWriter out, OutputOptions options, String name, String text, String json, String csv)
            throws IOException {
        OutputFormat format = options.format();
        out.println(format == OutputFormat.TEXT ? text : format == OutputFormat.JSON ? json : csv);
        out.flush();
        if (options.directory().isPresent()) {
            Path directory = options.directory().get();
            Files.createDirectories(directory);
            write(directory.resolve(name + ".txt"), text);
            write(directory.resolve(name + ".json"), json);
            write(directory.resolve(name + ".csv"), csv);
        }
    }

    public static void write(Path file, String text) throws IOException {
        PartialFile.write(file, text + "\n");
    }
}
