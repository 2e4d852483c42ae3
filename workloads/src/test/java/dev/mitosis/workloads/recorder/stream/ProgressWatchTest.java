package dev.mitosis.workloads.recorder.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The watch with a clock of the test's own. */
class ProgressWatchTest {
    private static final int GETPPID = 110;

    private long millis;
    private final List<String> said = new ArrayList<>();
    private final ProgressWatch watch = new ProgressWatch(60, pid -> millis, said::add);

    private void lookAt(long now) {
        millis = now;
        watch.look();
    }

    @Test
    void aProcessThatUsesItsPatienceUpIsNamedOnce() {
        ProgressWatch.Watched watched = watch.add(7, "spin", () -> GETPPID);
        lookAt(100_000);
        lookAt(159_999);
        assertEquals(List.of(), said);
        lookAt(160_000);
        lookAt(300_000);
        assertEquals(1, said.size());
        assertTrue(said.get(0).startsWith("spin (process 7) has used 60 s of processor time"), said.get(0));
        watch.remove(watched);
    }

    @Test
    void aRecordBeginsANewSilence() {
        ProgressWatch.Watched watched = watch.add(7, "spin", () -> LastCall.NONE);
        lookAt(0);
        lookAt(59_000);
        watched.heard();
        lookAt(61_000);
        lookAt(120_000);
        assertEquals(List.of(), said);
        lookAt(121_000);
        assertEquals(1, said.size());
        assertTrue(said.get(0).contains("none was seen"), said.get(0));
        watched.heard();
        lookAt(122_000);
        lookAt(182_000);
        assertEquals(2, said.size());
    }

    @Test
    void aProcessThatIsGoneOrWaitsIsNotNamed() {
        watch.add(7, "sleep", () -> LastCall.NONE);
        lookAt(-1);
        lookAt(-1);
        lookAt(70_000);
        for (int i = 0; i < 1000; i++) {
            lookAt(70_000);
        }
        assertEquals(List.of(), said);
    }

    @Test
    void theTimeOfThisProcessIsRead() {
        long before = ProcessorTime.millis(ProcessHandle.current().pid());
        long sum = 0;
        while (ProcessorTime.millis(ProcessHandle.current().pid()) < before + 50) {
            sum++;
        }
        assertTrue(before >= 0 && sum >= 0, before + " ms");
        assertEquals(-1, ProcessorTime.millis(Integer.MAX_VALUE));
    }
}
