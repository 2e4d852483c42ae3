package dev.mitosis.lab.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.lab.experiments.Experiment.Listener;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.lab.score.GuestClaims;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One workload in a guest from its local rows: the shape of the published figures, and the rules of what may be known. */
class GuestPlacementTest {
    private static final String HEADER =
            "workload,config,vm_mode_tag,run,exec_seconds,cycles_user,dtlb_load_walk_pending,dtlb_store_walk_pending,ept_walk_pending\n";
    /** Local rows of Canneal, two runs of one of them, as the artifact of vMitosis (ASPLOS'21) has them. */
    private static final String LOCAL =
            """
            canneal,L,mitosis,1,174,355821901103,262156054001,4,0
            canneal,LL,mitosis,1,277,576635694051,289380456927,2805251,328526354032
            canneal,LL,mirage,2,243,,,,
            canneal,TLL,mitosis,1,165,343566883413,145062000000,4,68295000000
            canneal,TFLL,mitosis,1,171,,,,
            """;
    /** Made up, and absurd: whoever looks at them shows it. */
    private static final String OTHERS =
            """
            canneal,RRI,mitosis,1,9999,99999999,9999999,9,99999999
            canneal,RL,mitosis,1,1,1,1,1,1
            canneal,TFRRIE,mitosis,1,1,1,1,1,1
            """;

    @TempDir
    private Path folder = Path.of("");

    private Figure run(GuestPlacement figure, String csv) throws IOException {
        Path file = Files.writeString(folder.resolve("reference.csv"), HEADER + csv);
        return figure.run(new ExperimentSettings(1, 2, true, Optional.of(file)), Listener.NONE);
    }

    private static double predicted(Figure figure, String config) {
        return figure.rows().stream()
                .filter(row -> row.config().equals(config))
                .mapToDouble(Row::predicted)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void bothTreesWeighTheSameAndAddUp() throws IOException {
        Figure figure = run(GuestPlacement.fig1(), LOCAL);
        double local = predicted(figure, "LL");
        assertEquals(260, local, 1e-9, "the mean of two runs");
        double guest = predicted(figure, "RL") - local;
        double extended = predicted(figure, "LR") - local;
        assertTrue(guest > 0.1 * local, figure.toString());
        assertEquals(guest, extended, 0.1 * guest);
        assertEquals(guest + extended, predicted(figure, "RR") - local, 0.1 * (guest + extended));
        assertTrue(predicted(figure, "RRI") > 1.8 * local, figure.toString());
        assertEquals(174, predicted(figure, "RIM"), 1e-9);
        GuestClaims claims = new GuestClaims(config -> OptionalDouble.of(predicted(figure, config)));
        assertEquals(1, claims.symmetry("").orElseThrow(), 0.1);
        assertEquals(1, claims.additivity("").orElseThrow(), 0.1);
        assertTrue(figure.notes().stream().anyMatch(note -> note.startsWith("canneal: a remote guest's table costs")));
    }

    @Test
    void onlyLocalRowsAreLookedAt() throws IOException {
        Figure baselines = run(GuestPlacement.fig3(), LOCAL);
        Figure all = run(GuestPlacement.fig3(), LOCAL + OTHERS);
        assertEquals(0, baselines.scored());
        assertEquals(2, all.scored());
        for (Row row : all.rows()) {
            assertEquals(row.predicted(), predicted(baselines, row.config()), 0, row.config());
        }
        // A tree that has been moved back is a local tree.
        assertEquals(predicted(all, "LL"), predicted(all, "RRIM"), 1e-9);
        assertEquals(predicted(all, "TFLL"), predicted(all, "TFRRIM"), 1e-9);
        // Where the guest's memory is fragmented and the host's is not, its own table is what matters.
        assertTrue(predicted(all, "TFRRIG") < predicted(all, "TFRRIE"), all.toString());
        GuestClaims claims = new GuestClaims(config -> OptionalDouble.of(predicted(all, config)));
        assertEquals(0.5, claims.gain("", "E").orElseThrow(), 0.1);
        assertEquals(0.5, claims.gain("", "G").orElseThrow(), 0.1);
        assertTrue(
                claims.gain("TF", "G").orElseThrow() > claims.gain("TF", "E").orElseThrow(),
                all.notes().toString());
        String identities =
                "canneal: a tree that was moved back is a local one: RRIE = RLI, RRIG = LRI and RRIM = LL within 0.0 %";
        assertTrue(
                all.notes().stream().anyMatch(note -> note.startsWith(identities)),
                all.notes().toString());
    }

    @Test
    void withoutTheLocalRowNothingIsPredicted() {
        String message = String.valueOf(assertThrows(
                        IllegalArgumentException.class,
                        () -> run(GuestPlacement.fig1(), "canneal,RR,mitosis,1,1,1,1,1,1\n"))
                .getMessage());
        assertEquals("canneal has no row LL, and nothing can be predicted without", message);
    }
}
