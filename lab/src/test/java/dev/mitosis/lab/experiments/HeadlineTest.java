package dev.mitosis.lab.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.experiments.CacheContention.Shares;
import dev.mitosis.lab.experiments.Experiment.Listener;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.lab.score.Figure.Walk;
import dev.mitosis.workloads.synthetic.Gups;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class HeadlineTest {
    private static final ExperimentSettings QUICK = new ExperimentSettings(1, 1, true, Optional.empty());

    /** An experiment that comes to these rows. */
    private record Known(String id, List<Row> known) implements Experiment {
        @Override
        public String description() {
            return id;
        }

        @Override
        public Figure run(ExperimentSettings settings, Listener listener) {
            listener.part(0, 1, "it");
            return new Figure(id, id, "cycles", known, List.of());
        }
    }

    private static Row time(String workload, String config, double cycles) {
        return Row.alone(workload, config, cycles).withWalk(new Walk(OptionalDouble.empty(), 1));
    }

    @Test
    void theClaimsStandBesideWhatTheFiguresComeTo() throws IOException {
        Experiment wide = new Known(
                "fig9", List.of(time("a", "F", 12), time("a", "F+M", 10), time("b", "F", 15), time("b", "F+M", 10)));
        Experiment thin = new Known("fig10", List.of(time("a", "RPI-LD", 30), time("a", "RPI-LD+M", 10)));
        Experiment memory = new Known("table6", List.of(time("1 TB", "2", 1.002), time("1 TB", "4", 1.006)));
        StringBuilder heard = new StringBuilder();
        Figure figure = new Headline(wide, thin, memory, (settings, listener) -> Map.of("w", new Shares(20, 60)))
                .run(QUICK, (done, all, doing) -> heard.append(doing).append(';'));
        assertEquals("fig9, it;fig10, it;table6, it;", heard.toString());
        List<String> lines = figure.rows().stream()
                .map(row -> String.format(Locale.ROOT, "%s %.2f", row.config(), row.predicted()))
                .toList();
        assertEquals(
                List.of(
                        "lowest: a 1.20",
                        "highest: b 1.50",
                        "lowest: a 3.00",
                        "highest: a 3.00",
                        "1 TB 0.60",
                        "w alone 20.00",
                        "w beside a stream 60.00"),
                lines);
        assertTrue(figure.notes().toString().contains("in 1 of 1 workloads"), figure.toString());
    }

    /** 16 MiB of leaf tables: much of them fits in a last level of 35 MiB, until a stream goes through it. */
    @Test
    void aStreamEvictsPageTables() {
        Shares shares = CacheContention.run(MachineProfile.load("4s-haswell-ex"), new Gups(8L << 30), 200_000, 1);
        assertTrue(shares.alone() > 0 && shares.beside() > 1.3 * shares.alone(), shares.toString());
        assertTrue(shares.beside() <= 100, shares.toString());
    }
}
