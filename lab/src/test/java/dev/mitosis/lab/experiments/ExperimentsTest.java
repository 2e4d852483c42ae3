package dev.mitosis.lab.experiments;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.lab.experiments.Experiment.Listener;
import dev.mitosis.lab.report.FigureText;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentsTest {
    private static final ExperimentSettings QUICK = new ExperimentSettings(1, 1, true, Optional.empty());

    @TempDir
    private Path folder = Path.of("");

    private static Row row(Figure figure, String workload, String config) {
        return figure.rows().stream()
                .filter(row -> row.workload().equals(workload) && row.config().equals(config))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyExperimentHasItsLine() throws Exception {
        Path classes = Path.of(Experiment.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolve(Experiment.class.getPackageName().replace('.', '/'));
        Set<String> there = new TreeSet<>();
        try (Stream<Path> files = Files.list(classes)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString().replace(".class", "");
                Class<?> type = Class.forName(Experiment.class.getPackageName() + "." + name);
                if (Experiment.class.isAssignableFrom(type) && !type.isInterface()) {
                    there.add(name);
                }
            }
        }
        Set<String> registered = ExperimentRegistry.experiments().stream()
                .map(experiment -> experiment.getClass().getSimpleName())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(there, registered);
        String unknown =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> ExperimentRegistry.find("fig0"))
                        .getMessage());
        assertTrue(unknown.contains("table5"), unknown);
    }

    /** The ratio of five tables to one, for each operation and size, within 15 % of what was published. */
    @Test
    void whatCopiesAddToMemoryCallsIsAsPublished() throws IOException {
        Figure figure = new Table5().run(QUICK, Listener.NONE);
        assertEquals(9, figure.scored());
        for (Row row : figure.rows()) {
            // The base rows have set parameters, a size of three with one number each.
            double bound = row.isBaseline() ? 20 : 15;
            row.errorPercent()
                    .ifPresent(
                            error -> assertTrue(Math.abs(error) <= bound, row.workload() + " " + row + ": " + error));
        }
        double single = row(figure, "PROTECT 1048576", "mitosis / 1").predicted();
        double batched = row(figure, "PROTECT 1048576", "mitosis-batched / 1").predicted();
        assertTrue(batched < 0.7 * single, batched + " against " + single);
        assertTrue(row(figure, "PROTECT 1048576", "mitosis-4.17 / 1").predicted() > single);
    }

    @Test
    void aReferenceFileTakesThePlaceOfThePublishedNumbers() throws IOException {
        Path file = Files.writeString(
                folder.resolve("t5.csv"), "operation,pages,replicas,avg_cycles\nPROTECT,1,1,1000\nPROTECT,1,4,3000\n");
        ExperimentSettings settings = new ExperimentSettings(1, 1, true, Optional.of(file));
        Figure figure = new Table5().run(settings, Listener.NONE);
        assertEquals(1, figure.scored());
        assertEquals(
                3.0, row(figure, "PROTECT 1", "mitosis-4.17 / 1").published().orElseThrow());
        Files.writeString(file, "operation,pages,replicas,avg_cycles\nPROTECT,1,1,many\n");
        String wrong = assertThrows(IllegalArgumentException.class, () -> new Table5().run(settings, Listener.NONE))
                .getMessage();
        assertEquals(file + ":2: avg_cycles is 'many', not a number", wrong);
        Files.writeString(file, "operation,pages\nPROTECT,1\n");
        wrong = assertThrows(IllegalArgumentException.class, () -> new Table5().run(settings, Listener.NONE))
                .getMessage();
        assertEquals(file + ":1: no column 'replicas'; there are operation, pages", wrong);
        Files.writeString(file, "a,b\n1\n");
        wrong = assertThrows(IllegalArgumentException.class, () -> new Table5().run(settings, Listener.NONE))
                .getMessage();
        assertEquals(file + ":2: 1 values for 2 columns", wrong);
    }

    /** To the digit that was published; small trees are counted, and equal the closed form to the byte. */
    @Test
    void theMemoryOfCopiesIsAsPublished() {
        Figure figure = new Table6().run(QUICK, Listener.NONE);
        assertEquals(16, figure.scored());
        for (Row row : figure.rows()) {
            assertEquals(row.published().orElseThrow(), row.predicted(), 0.00055, row.toString());
        }
        assertEquals(1.006, row(figure, "1 TB", "4").predicted(), 0.0005, "the 0.6 % of the papers");
        assertEquals(4 * 4096, Table6.tableBytes(1 << 20));
        assertEquals(Table6.tableBytes(3L << 30), Table6.realTableBytes(3L << 30, 1, 1));
    }

    @Test
    void aProcessThatWasMovedWithItsTablesRunsAsBefore() {
        Figure figure = new Migration().run(QUICK, Listener.NONE);
        assertTrue(row(figure, "gups", "data moved, tables left (RP-LD)").predicted() > 1.2);
        assertEquals(1, row(figure, "gups", "data and tree moved (LP-LD)").predicted(), 0.03);
        assertEquals(
                1, row(figure, "gups", "data moved, tables followed (LP-LD)").predicted(), 0.03);
    }

    @Test
    void figuresAreWrittenAsTextCsvAndJson() {
        Figure figure = new Figure(
                "fig",
                "A figure",
                "cycles",
                List.of(
                        Row.baseline("w", "a", 100, 100),
                        Row.of("w", "b", 200, 220),
                        Row.of("w", "c", 150, 90),
                        Row.alone("w", "d", 5)),
                List.of("A note."));
        assertEquals(25.0, figure.meanErrorPercent(), 1e-9);
        assertArrayEquals(new int[] {2, 3}, figure.orderings());
        assertEquals(
                """
                workload,config,published,predicted,error_percent
                w,a,100.000,100.000,
                w,b,200.000,220.000,10.00
                w,c,150.000,90.0000,-40.00
                w,d,,5.00000,
                # A note.
                # fig: mean error 25.0 % of 2 predicted numbers; 2 of 3 clear orderings kept""",
                FigureText.csv(figure));
        String text = FigureText.of(figure);
        assertTrue(text.contains("+10.0 %") && text.contains("baseline") && text.endsWith("A note."), text);
        assertTrue(FigureText.json(figure).contains("\"published\" : null"), FigureText.json(figure));
    }

    @Test
    void withoutAnythingToScoreThereIsNoErrorOfZero() {
        Figure baselines =
                new Figure("fig", "A figure", "cycles", List.of(Row.baseline("w", "a", 100, 100)), List.of());
        Figure ours = new Figure("fig", "A figure", "cycles", List.of(Row.alone("w", "a", 100)), List.of());
        assertTrue(FigureText.of(baselines).contains("there is no error"), FigureText.of(baselines));
        assertTrue(FigureText.csv(ours).endsWith("nothing is published to compare with"), FigureText.csv(ours));
        assertTrue(!FigureText.json(baselines).contains("meanErrorPercent"), FigureText.json(baselines));
    }

    @Test
    void namesWithCommasAreQuotedInCsv() {
        Figure figure =
                new Figure("fig", "A figure", "cycles", List.of(Row.alone("extra, %", "moved, left", 5)), List.of());
        assertEquals(
                "\"extra, %\",\"moved, left\",,5.00000,",
                FigureText.csv(figure).lines().toList().get(1));
    }

    /** X against X+M, remote against local, in every format; the first five columns are those of all figures. */
    @Test
    void speedupsStandBesideTheRunTimes() {
        Figure figure = new Figure(
                "fig",
                "A figure",
                "cycles",
                List.of(
                        time(Row.baseline("w", "LP-LD", 100, 100)),
                        time(Row.of("w", "RPI-LD", 300, 280)),
                        time(Row.alone("w", "RPI-LD+M", 112)),
                        time(Row.of("w", "F", 50, 50)),
                        time(Row.of("w", "F+M", 40, 25))),
                List.of());
        assertEquals(
                """
                workload,config,published,predicted,error_percent,speedup,speedup_published,speedup_predicted
                w,LP-LD,100.000,100.000,,,,
                w,RPI-LD,300.000,280.000,-6.67,LP-LD over RPI-LD,3.0000,2.8000
                w,RPI-LD+M,,112.000,,RPI-LD+M over RPI-LD,,2.5000
                w,F,50.0000,50.0000,0.00,,,
                w,F+M,40.0000,25.0000,-37.50,F+M over F,1.2500,2.0000""",
                FigureText.csv(figure).lines().limit(6).collect(Collectors.joining("\n")));
        assertTrue(FigureText.of(figure).contains("F+M over F"), FigureText.of(figure));
        assertTrue(FigureText.of(figure).contains("2.50×"), FigureText.of(figure));
        assertTrue(FigureText.json(figure).contains("\"slower\" : \"RPI-LD\""), FigureText.json(figure));
        assertTrue(FigureText.json(figure).contains("\"predictedWalk\" : 14.0"), FigureText.json(figure));
    }

    /** An eighth of a run time is walks, and half of it as published. */
    private static Row time(Row row) {
        return row.withWalk(
                new Figure.Walk(row.published().stream().map(known -> known / 2).findFirst(), row.predicted() / 8));
    }
}
