package dev.mitosis.race;

import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.TlbSettings;
import dev.mitosis.replication.mechanism.ReplicaAllocFailure;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The long storm, half of it with huge pages and five levels: {@code ./mitosis check --storm}. */
class StormCampaign {
    private static final long SECONDS = Long.getLong("mitosis.check.seconds", 600);
    private static final long SEED = Long.getLong("mitosis.check.seed", 1);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void nothingIsLostInTheStorm(boolean thp) throws Exception {
        KernelSettings settings =
                KernelSettings.DEFAULT.withThp(thp).withSwapPages(1 << 14).withLevels(thp ? 5 : 4);
        TlbSettings tlb = TlbSettings.LINUX.withPti(thp).withPcid(!thp);
        Storm storm = new Storm(settings.withTlb(tlb), thp ? ReplicaAllocFailure.DEGRADE : ReplicaAllocFailure.RECLAIM);
        System.out.println("storm: " + Storm.THREADS + " threads for " + SECONDS / 2 + " s, thp " + thp);
        Map<String, Long> counts = storm.run(SEED, SECONDS / 2);
        long steps = counts.values().stream().mapToLong(Long::longValue).sum();
        System.out.println("storm: " + steps + " steps without a violation: " + counts);
        System.out.println("storm: " + storm.kernel.vmstat().toString().trim().replace("\n", ", "));
    }
}
