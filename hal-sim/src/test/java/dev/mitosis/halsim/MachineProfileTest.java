package dev.mitosis.halsim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import dev.mitosis.halsim.cache.CoreCaches;
import org.junit.jupiter.api.Test;

class MachineProfileTest {
    private static final String FILE = "dev/mitosis/machines/4s-haswell-ex.conf";

    @Test
    void everyMachineLoadsAndHasASourceForEveryNumber() {
        for (String name : MachineProfile.names()) {
            MachineProfile profile = MachineProfile.load(name);
            assertTrue(profile.sockets() >= 2, name);
            assertTrue(profile.memoryRemoteCycles() > profile.memoryLocalCycles(), name);
            assertEquals(profile.sockets(), profile.topology().nodes());
            SimBoard board = new SimBoard(profile, 1);
            board.cpu(0).caches().access(5);
            assertEquals(CoreCaches.L1, board.cpu(0).caches().access(5), name);
        }
    }

    @Test
    void thePapersMachineIsThePapersMachine() {
        MachineProfile haswell = MachineProfile.load("4s-haswell-ex");
        assertEquals(4 * 14, haswell.topology().cpus());
        assertEquals(1024, haswell.tlb().second().entries());
        assertEquals(35L << 20, haswell.last().sizeBytes());
        assertEquals(2, haswell.withSockets(2).topology().nodes());
    }

    @Test
    void coresOfAnEpycShareTheirComplexCacheOnly() {
        SimBoard board = new SimBoard(MachineProfile.load("2s-epyc-milan"), 1);
        assertEquals(CoreCaches.MEMORY, board.cpu(0).caches().access(5));
        // What the first core's second level pushes out goes to the cache of its complex.
        for (long line = 1 << 20; line < (1 << 20) + (1 << 15); line++) {
            board.cpu(0).caches().access(line);
        }
        assertEquals(CoreCaches.LAST, board.cpu(7).caches().whereIs(5));
        assertEquals(CoreCaches.MEMORY, board.cpu(8).caches().whereIs(5));
        assertEquals(CoreCaches.MEMORY, board.cpu(64).caches().whereIs(5));
    }

    @Test
    void aMissingNumberOneWithoutASourceAndAnUnknownKeyAreRefused() {
        Config good = ConfigFactory.parseResources(FILE);
        MachineProfile.parse("good", good);
        assertRefused(good.withoutPath("memory.localCycles"), "memory.localCycles");
        assertRefused(good.withoutPath("sockets.source"), "sockets");
        assertRefused(
                good.withValue("sockets.source", ConfigValueFactory.fromAnyRef(" ")), "sockets has an empty source");
        assertRefused(good.withValue("speed.value", ConfigValueFactory.fromAnyRef(1)), "speed.value");
    }

    @Test
    void anUnknownMachineIsAnsweredWithThoseThatThereAre() {
        assertEquals(
                "unknown machine 'vax'; there are 2s-cascade-lake, 2s-epyc-genoa, 2s-epyc-milan, 2s-ice-lake, 2s-sapphire-rapids, 4s-cascade-lake, 4s-haswell-ex,"
                        + " 8s-cascade-lake",
                assertThrows(IllegalArgumentException.class, () -> MachineProfile.load("vax"))
                        .getMessage());
    }

    private static void assertRefused(Config config, String what) {
        String message =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> MachineProfile.parse("bad", config))
                        .getMessage());
        assertTrue(message.contains(what), message);
    }
}
