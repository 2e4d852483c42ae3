package dev.mitosis.race;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.TlbSettings;
import dev.mitosis.replication.mechanism.ReplicaAllocFailure;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A short storm in every build, a long one on demand: {@code -Dmitosis.storm.seconds=600}.
 *
 * <p>Its length is a time, but nothing depends on what happens in it.
 */
class StormTest {
    private static final long SECONDS = Long.getLong("mitosis.storm.seconds", 8);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingIsLostInTheStorm(boolean thp) throws Exception {
        KernelSettings settings =
                KernelSettings.DEFAULT.withThp(thp).withSwapPages(1 << 14).withLevels(thp ? 5 : 4);
        TlbSettings tlb = TlbSettings.LINUX.withPti(thp).withPcid(!thp);
        Storm storm = new Storm(settings.withTlb(tlb), thp ? ReplicaAllocFailure.DEGRADE : ReplicaAllocFailure.RECLAIM);
        Map<String, Long> counts = storm.run(System.nanoTime(), SECONDS / 2 + 1);
        long steps = counts.values().stream().mapToLong(Long::longValue).sum();
        System.out.println("storm, " + Storm.THREADS + " threads, thp " + thp + ": " + steps + " steps " + counts);
        System.out.println(storm.kernel.vmstat().toString().replace("\n", ", "));
        assertTrue(counts.getOrDefault("own load", 0L) > 0, "nothing was loaded");
    }
}
