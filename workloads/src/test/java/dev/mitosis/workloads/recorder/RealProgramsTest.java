package dev.mitosis.workloads.recorder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.recorder.stream.RecordingResult;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that people run, recorded: what they print, what they write and how they end is as without the recorder. */
class RealProgramsTest {
    @TempDir
    private Path folder = Path.of(".");

    private final AtomicLong accesses = new AtomicLong();

    RecorderChoice choice() {
        return RecorderChoice.VALGRIND;
    }

    @BeforeEach
    void needsTheRecorder() throws Exception {
        RecorderTests.assumeCanRecord(choice());
        assumeTrue(ProgramFile.inPath("cc") != null, "no C compiler is installed");
    }

    private void needs(String program) {
        assumeTrue(ProgramFile.inPath(program) != null, program + " is not installed");
    }

    /** A script of the shell that runs in the folder; its standard streams go to files. */
    private static String[] script(Path place, String text) {
        return new String[] {"sh", "-c", "cd '" + place + "' && { " + text + "; } >out 2>err </dev/null"};
    }

    private RecordingResult bothWays(String text, String... results) throws Exception {
        Path plain = Files.createDirectory(folder.resolve("plain"));
        Path recorded = Files.createDirectory(folder.resolve("recorded"));
        for (Path place : new Path[] {plain, recorded}) {
            try (var files = Files.list(folder)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, place.resolve(file.getFileName()));
                }
            }
        }
        int status = new ProcessBuilder(script(plain, text)).start().waitFor();
        RecordingResult result = Recorder.record(
                List.of(script(recorded, text)), counting(), RecorderSettings.DEFAULT.with(choice()), () -> false);
        assertEquals(status, result.status(), () -> read(recorded.resolve("err")));
        assertEquals(read(plain.resolve("out")), read(recorded.resolve("out")));
        assertEquals(read(plain.resolve("err")), read(recorded.resolve("err")));
        for (String file : results) {
            assertArrayEquals(
                    Files.readAllBytes(plain.resolve(file)), Files.readAllBytes(recorded.resolve(file)), file);
        }
        assertTrue(accesses.get() > 100_000, "only " + accesses);
        return result;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private TraceSink counting() {
        return (TraceSink) Proxy.newProxyInstance(
                TraceSink.class.getClassLoader(), new Class<?>[] {TraceSink.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("accesses")) {
                        accesses.addAndGet(((AccessBatch) arguments[2]).rawAccesses());
                    }
                    return null;
                });
    }

    @Test
    void sort() throws Exception {
        needs("sort");
        StringBuilder lines = new StringBuilder();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            lines.append(random.nextLong()).append(' ').append(i).append('\n');
        }
        Files.writeString(folder.resolve("lines"), lines);
        bothWays("sort -n lines; sort --no-such-option; exit 4");
    }

    @Test
    void sqlite() throws Exception {
        needs("sqlite3");
        bothWays("sqlite3 db \"create table t(k integer primary key, v text);"
                + " with recursive n(i) as (select 1 union all select i+1 from n where i < 20000)"
                + " insert into t select i * 7919 % 20011, hex(i) from n;"
                + " select count(*), sum(k), max(v) from t where k between 100 and 9000; select nothing;\"");
    }

    @Test
    void python() throws Exception {
        needs("python3");
        Files.writeString(
                folder.resolve("words.py"),
                """
                import sys
                table = {}
                for i in range(60000):
                    table[i * 7919 % 60013] = str(i)
                print(len(table), sum(len(v) for v in table.values()))
                sys.exit(3)
                """);
        bothWays("python3 -S -B words.py");
    }

    @Test
    void aCompilerAndItsPasses() throws Exception {
        needs("gcc");
        Files.writeString(
                folder.resolve("program.c"),
                """
                #include <stdio.h>
                static int twice(int x) { return x * 2; }
                int main(int count, char **words) { printf("%d %s\\n", twice(count), words[0]); return 0; }
                """);
        RecordingResult result = bothWays("gcc -O2 -c -o program.o program.c; gcc -c missing.c", "program.o");
        assertTrue(result.processes() >= 5, "the driver, the compiler, the assembler: " + result.processes());
    }

    @Test
    void fourThreads() throws Exception {
        Files.writeString(
                folder.resolve("threads.c"),
                """
                #include <pthread.h>
                #include <stdio.h>
                #include <stdlib.h>
                enum { N = 1 << 18 };
                static long *data, sums[4];
                static void *work(void *part) {
                    long k = (long)part;
                    for (long i = k; i < N; i += 4) data[i * 40503 % N] += i;
                    for (long i = k; i < N; i += 4) sums[k] += data[i] % 1000;
                    return 0;
                }
                int main(void) {
                    pthread_t t[4];
                    data = calloc(N, sizeof *data);
                    for (long i = 0; i < 4; i++) pthread_create(t + i, 0, work, (void *)i);
                    for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
                    long all = 0;
                    for (long i = 0; i < N; i++) all += data[i];
                    printf("%ld\\n", all);
                    return 9;
                }
                """);
        Process compiler = new ProcessBuilder(
                        "cc",
                        "-O1",
                        "-pthread",
                        "-o",
                        folder.resolve("threads").toString(),
                        folder.resolve("threads.c").toString())
                .inheritIO()
                .start();
        assertEquals(0, compiler.waitFor());
        RecordingResult result = bothWays("./threads");
        assertTrue(result.threads() >= 5, "threads: " + result.threads());
    }

    /** A server that forks, and its client, from one script; what it prints about speed is left out. */
    @Test
    void redisAndItsBenchmark() throws Exception {
        needs("redis-server");
        needs("redis-benchmark");
        bothWays("redis-server --port 0 --unixsocket \"$PWD/s\" --save '' --daemonize no >server.log 2>&1 &"
                + " server=$!; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do"
                + " redis-cli -s s ping >/dev/null 2>&1 && break; sleep 0.5; done;"
                + " redis-benchmark -s s -c 4 -n 400 -r 1000000 -t set,get,lpush -q >speed 2>&1; echo \"benchmark $?\";"
                + " redis-cli -s s set answer 42; redis-cli -s s get answer; redis-cli -s s llen mylist;"
                + " redis-cli -s s shutdown nosave; wait $server; echo \"server $?\"");
    }
}
