import dev.mitosis.lab.api.Answer;
import dev.mitosis.lab.api.Machine;
import dev.mitosis.lab.api.Policy;
import dev.mitosis.lab.api.Program;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Would page-table placement help? The program is a trace of Valgrind's lackey: 100,000 random pages of 64 GiB, three times. */
class AskAboutATrace {
    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory("mitosis-example");
        Path lackey = folder.resolve("random.lackey");
        Path trace = folder.resolve("random.mtrace");
        try (PrintWriter lines = new PrintWriter(Files.newBufferedWriter(lackey))) {
            for (int pass = 0; pass < 3; pass++) {
                Random random = new Random(1);
                for (int access = 0; access < 100_000; access++) {
                    lines.printf("I  00401000,4%n L %x,8%n", 0x10_0000_0000L + ((long) random.nextInt(1 << 24) << 12));
                }
            }
        }
        Program program = Program.converted(lackey, trace);
        Answer answer = Machine.named("4s-haswell-ex").compare(program, List.of(Policy.named("migrate")));
        for (Answer.Case judged : answer.cases()) {
            System.out.printf(
                    "%s: %.0f%% of the cycles are walks, %.0f%% read remote tables%n",
                    judged.situation(), 100 * judged.walkShare(), 100 * judged.remoteWalkShare());
            System.out.println(judged.verdict().sentence());
        }
        Files.delete(lackey);
        Files.delete(trace);
        Files.delete(folder);
    }
}

/* Prints:
moved: 81% of the cycles are walks, 7% read remote tables
Judged moved to another socket after loading, its data with it (moved): no benefit, because 81% of its cycles are page walks, but caches answer 98% of their leaf reads: 122.3 MiB of page tables stay in a last-level cache of 35 MiB, wherever they live. It would matter for a working set whose page tables do not fit beside the data.
*/
