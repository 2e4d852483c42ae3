package dev.mitosis.cli.simulation;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Progress;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.RunOptions;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.lab.experiments.Experiment;
import dev.mitosis.lab.experiments.ExperimentRegistry;
import dev.mitosis.lab.experiments.ExperimentSettings;
import dev.mitosis.lab.picture.FigurePicture;
import dev.mitosis.lab.picture.NoFontsException;
import dev.mitosis.lab.score.Figure;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reproduce}: a published figure or table beside our prediction. */
@Command(
        name = "reproduce",
        description = "Predicts a published figure or table, and prints it beside what was published.",
        footer = {
            "",
            "Figures: fig4 (where first touch puts tables), fig6, fig10 and fig11 (placements on one socket),",
            "fig9 (all sockets), table5 (cost of updates), table6 (memory), migration (a process that is moved),",
            "headline (what the authors' talk claims, out of fig9, fig10, table6 and a count of the caches),",
            "vm-fig1 to vm-fig6 (vMitosis: guests, thin and wide, that see the nodes or not),",
            "vm-groups (what a wrong group of vCPUs costs such a guest, and checking groups brings back),",
            "vm-shadow (shadow tables in place of extended ones: short walks, and changes that trap).",
            "With -o DIR a figure's numbers are in DIR/ID.txt, .json and .csv, and its bars are drawn in DIR/ID.png.",
            "Examples:",
            "  ./mitosis reproduce table5",
            "  ./mitosis reproduce fig6 --quick",
            "  ./mitosis reproduce fig10 --quick -o results",
            "  ./mitosis reproduce table6 migration --quick --format csv"
        })
public final class ReproduceCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final RunOptions run = new RunOptions();

    @Parameters(paramLabel = "ID", arity = "1..*", description = "Which figures.")
    private List<String> ids = List.of();

    @Option(
            names = "--reference",
            paramLabel = "FILE",
            description = "Published numbers to stand beside ours, as CSV (default: those that come with the product).")
    private @Nullable Path reference;

    @Option(names = "--quick", description = "Smaller and shorter where that is possible; less accurate.")
    private boolean quick;

    @Override
    public Integer call() throws IOException {
        List<Experiment> experiments = new ArrayList<>();
        try {
            ids.forEach(id -> experiments.add(ExperimentRegistry.find(id.toLowerCase(Locale.ROOT))));
        } catch (IllegalArgumentException unknown) {
            throw CommandException.usage(String.valueOf(unknown.getMessage()));
        }
        if (reference != null && experiments.size() > 1) {
            throw CommandException.usage("--reference is for one figure, not for " + experiments.size());
        }
        ExperimentSettings settings =
                new ExperimentSettings(run.seed(), run.threads(), quick, Optional.ofNullable(reference));
        for (Experiment experiment : experiments) {
            Figure figure;
            try (Progress progress = Progress.of(experiment.id(), -1, "", 1)) {
                figure = experiment.run(settings, (done, all, doing) -> {
                    progress.outOf(all);
                    progress.to(done);
                    progress.note(doing + " (" + (done + 1) + " of " + all + ")");
                });
            } catch (NoSuchFileException missing) {
                throw CommandException.usage("no such file: " + missing.getFile());
            } catch (IllegalArgumentException e) {
                throw CommandException.usage(String.valueOf(e.getMessage()));
            }
            Results.print(Specs.out(spec), output, figure);
            if (experiment.hasBars() && output.directory().isPresent()) {
                draw(figure, output.directory().get().resolve(figure.id() + ".png"));
            }
        }
        return 0;
    }

    /** Numbers without a picture are a result still. */
    private void draw(Figure figure, Path file) throws IOException {
        try {
            FigurePicture.write(figure, file);
        } catch (NoFontsException none) {
            Specs.err(spec).println("mitosis: " + file + " is not drawn: " + none.getMessage());
            Specs.err(spec).flush();
        }
    }
}
