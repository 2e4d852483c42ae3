package dev.mitosis.workloads.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.recorder.stream.RecordingResult;
import dev.mitosis.workloads.trace.DiscardingSink;
import dev.mitosis.workloads.trace.ForwardingSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which load an address came from, in programs whose answer is known. */
class DependenceTest {
    @TempDir
    private Path folder = Path.of(".");

    @BeforeEach
    void needsTheRecorderAndACompiler() throws Exception {
        assumeTrue(ProgramFile.inPath("cc") != null, "no C compiler is installed");
        RecorderTests.assumeCanRecord(RecorderChoice.VALGRIND);
    }

    /** Each load follows the pointer of the load before: all but the first belong to one chain, also where the pointer is kept on the stack. */
    @ParameterizedTest
    @ValueSource(strings = {"-O0", "-O1", "-O2"})
    void eachLoadOfAChaseDependsOnTheOneBefore(String optimization) throws Exception {
        Chains chains = record(
                optimization,
                """
                #include <sys/mman.h>
                struct node { struct node *next; long pad[7]; };
                int main(void) {
                    long n = 1 << 14;
                    struct node *a = mmap((void *)0x200000000, n * sizeof *a, 3, 0x22 | 0x10, -1, 0);
                    for (long i = 0; i < n; i++) a[i * 40503 % n].next = &a[(i + 1) * 40503 % n];
                    mprotect(a, 4096, 3);
                    struct node *p = a;
                    for (long i = 0; i < 100000; i++) p = p->next;
                    return p == 0;
                }
                """);
        assertEquals(100_000, chains.loads);
        assertEquals(1, chains.independent);
        assertEquals(100_000, chains.longest);
    }

    /** The address of each update is computed from a register. */
    @ParameterizedTest
    @ValueSource(strings = {"-O1", "-O2"})
    void noUpdateAtRandomDependsOnALoad(String optimization) throws Exception {
        Chains chains = record(
                optimization,
                """
                #include <sys/mman.h>
                int main(void) {
                    unsigned long *t = mmap((void *)0x200000000, 1 << 20, 3, 0x22 | 0x10, -1, 0), x = 1;
                    mprotect(t, 4096, 3);
                    for (long i = 0; i < 100000; i++) {
                        x = x * 6364136223846793005ul + 1442695040888963407ul;
                        t[x >> 47] ^= x;
                    }
                    return 0;
                }
                """);
        assertTrue(chains.loads > 99_000, "loads: " + chains.loads);
        assertEquals(chains.loads, chains.independent);
    }

    /** A look-up in a tree of eight levels follows seven pointers, and the next begins anew at the root. */
    @ParameterizedTest
    @ValueSource(strings = {"-O1", "-O2"})
    void theChainOfALookUpHasTheDepthOfTheTree(String optimization) throws Exception {
        Chains chains = record(
                optimization,
                """
                #include <sys/mman.h>
                /* A node has eight children; which one, the key alone decides. */
                struct node { struct node *child[8]; };
                static struct node *next;
                /* What was stored lately comes from the store: these lie between the building and the look-ups. */
                static volatile char between[1 << 17];
                static struct node *build(int levels) {
                    struct node *n = next++;
                    for (int i = 0; i < 8 && levels > 1; i++) n->child[i] = i < 2 ? build(levels - 1) : n->child[0];
                    return n;
                }
                int main(void) {
                    next = mmap((void *)0x200000000, 1 << 20, 3, 0x22 | 0x10, -1, 0);
                    struct node *root = build(8);
                    unsigned long key = 1;
                    for (int i = 0; i < 1 << 17; i += 64) between[i] = 1;
                    mprotect(root, 4096, 3);
                    long found = 0;
                    for (long i = 0; i < 10000; i++) {
                        key = key * 6364136223846793005ul + 1442695040888963407ul;
                        struct node *n = root;
                        for (int level = 0; level < 7; level++) n = n->child[key >> (40 + 3 * level) & 7];
                        found += n != 0;
                    }
                    return found != 10000;
                }
                """);
        assertEquals(70_000, chains.loads);
        assertEquals(10_000, chains.independent);
        assertEquals(7, chains.longest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-O1"})
    void instructionsAreCountedByTheirKind(String optimization) throws Exception {
        Chains chains = record(
                optimization,
                """
                #include <sys/mman.h>
                int main(void) {
                    mprotect(mmap((void *)0x200000000, 4096, 3, 0x22 | 0x10, -1, 0), 4096, 3);
                    volatile unsigned long a = 3, b = 7;
                    volatile double d = 1.5;
                    for (long i = 0; i < 100000; i++) { a = a * b; b = 1 + a / (b | 1); d = d * 0.5 + 1.0; }
                    return 0;
                }
                """);
        // One multiplication, one division, two operations of floating point and one branch in each turn; nothing else
        // turns often.
        assertEquals(1.0, chains.counts.multiplies / 100_000.0, 0.01);
        assertEquals(1.0, chains.counts.divides / 100_000.0, 0.01);
        assertEquals(2.0, chains.counts.floatingPoints / 100_000.0, 0.02);
        assertEquals(1.0, chains.counts.branches / 100_000.0, 0.05);
    }

    private Chains record(String optimization, String source) throws Exception {
        Path file = folder.resolve("program.c");
        Files.writeString(file, source);
        Path program = folder.resolve("program");
        Process compiler = new ProcessBuilder("cc", optimization, "-o", program.toString(), file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, compiler.waitFor(), said);
        Chains chains = new Chains();
        RecordingResult result = record(chains, program);
        assertEquals(0, result.status());
        return chains;
    }

    private static RecordingResult record(Chains chains, Path program) throws IOException {
        return Recorder.record(
                List.of(program.toString()),
                chains,
                RecorderSettings.DEFAULT.with(RecorderChoice.VALGRIND),
                () -> false);
    }

    /** Follows chains through the entries of a window of memory, from the first mprotect on. */
    private static final class Chains extends ForwardingSink {
        private static final int MPROTECT = 10;
        private static final long START = 0x2_0000_0000L;

        private final AccessBatch counts = new AccessBatch(1);
        private final int[] depth = new int[AccessBatch.MAX_DISTANCE + 1];
        private boolean isOn;
        private long entry;
        private long loads;
        private long independent;
        private long longest;

        Chains() {
            super(new DiscardingSink());
        }

        @Override
        public void systemCall(int process, int thread, int number, long[] args, long result) {
            isOn |= number == MPROTECT && args[0] == START;
        }

        @Override
        public void accesses(int process, int thread, AccessBatch batch) {
            assertTrue(batch.isDetailed);
            for (int i = 0; i < batch.size; i++) {
                see(batch, i);
            }
            if (isOn) {
                counts.multiplies += batch.multiplies;
                counts.divides += batch.divides;
                counts.floatingPoints += batch.floatingPoints;
                counts.branches += batch.branches;
            }
        }

        private void see(AccessBatch batch, int i) {
            int distance = batch.distance[i] & 0xFF;
            boolean isInWindow = isOn && batch.va[i] >= START && batch.va[i] < START + (1 << 21);
            int before = distance == 0 ? 0 : depth[(int) ((entry - distance) % depth.length)];
            int own = isInWindow ? before + 1 : before;
            depth[(int) (entry++ % depth.length)] = own;
            if (isInWindow) {
                loads++;
                independent += before == 0 ? 1 : 0;
                longest = Math.max(longest, own);
            }
        }
    }
}
