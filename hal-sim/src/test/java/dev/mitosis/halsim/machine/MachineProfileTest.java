package dev.mitosis.halsim.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import dev.mitosis.hal.Topology;
import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.cache.CoreCaches;
import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import java.util.List;
import org.junit.jupiter.api.Test;

class MachineProfileTest {
    private static final String FILE = "dev/mitosis/machines/4s-haswell-ex.conf";

    @Test
    void everyMachineLoadsAndHasASourceForEveryNumber() {
        for (String name : MachineProfile.names()) {
            MachineProfile profile = MachineProfile.load(name);
            assertTrue(profile.sockets() >= 2, name);
            assertTrue(profile.memoryRemoteCycles() > profile.memoryLocalCycles(), name);
            assertEquals(profile.nodes(), profile.topology().nodes());
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
    void aClusterIsANodeOfItsSocket() {
        for (String name : List.of("2s-epyc-milan-nps4", "2s-sapphire-rapids-snc4")) {
            MachineProfile machine = MachineProfile.load(name);
            MachineProfile whole = MachineProfile.load(name.substring(0, name.lastIndexOf('-')));
            Topology topology = machine.topology();
            assertEquals(8, topology.nodes(), name);
            assertEquals(whole.topology().cpus(), topology.cpus(), name);
            assertEquals(whole.framesPerNode() / 4, machine.framesPerNode(), name);
            assertTrue(
                    machine.links().link(0, 3).distance()
                            < machine.links().link(0, 4).distance(),
                    name);
            CostModel costs = new CostModel(machine, 0);
            double near = costs.latencyCycles(1, Pmu.MEMORY + 2);
            assertTrue(costs.latencyCycles(1, Pmu.MEMORY + 1) < near, name);
            assertTrue(near < costs.latencyCycles(1, Pmu.MEMORY + 4), name);
            assertEquals(12, machine.withSockets(3).topology().nodes(), name);
        }
    }

    @Test
    void clustersHaveLastLevelCachesOfTheirOwn() {
        SimBoard board = new SimBoard(MachineProfile.load("2s-sapphire-rapids-snc4"), 1);
        assertSame(board.lastLevelCache(0), board.lastLevelCache(13));
        assertNotSame(board.lastLevelCache(13), board.lastLevelCache(14));
        assertSame(board.lastLevelCache(98), board.lastLevelCache(111));
    }

    @Test
    void everyWayBetweenNodesCanBeGiven() {
        Config measured = ConfigFactory.parseString(
                """
                sockets.value = 2
                distance.ofNodes { value = [[10, 21], [31, 10]], source = "test" }
                memory.cyclesOfNodes { value = [[200, 310], [320, 205]], source = "test" }
                memory.megabytesPerSecondOfNodes { value = [[9000, 5000], [4000, 8000]], source = "test" }
                """);
        Config machine = ConfigFactory.parseResources("dev/mitosis/machines/2s-ice-lake.conf");
        Config base = machine;
        for (String key : List.of(
                "distance",
                "memory.localCycles",
                "memory.remoteCycles",
                "memory.localMegabytesPerSecond",
                "memory.remoteMegabytesPerSecond")) {
            base = base.withoutPath(key);
        }
        MachineProfile profile = MachineProfile.parse("measured", measured.withFallback(base));
        assertEquals(new NodeLinks.Link(31, 320, 4000), profile.links().link(1, 0));
        assertEquals(200, profile.memoryLocalCycles());
        assertEquals(310, profile.memoryRemoteCycles());
        assertEquals(1, profile.withSockets(1).topology().nodes());
        assertRefused(
                measured.withValue("distance.ofNodes.value", ConfigValueFactory.fromIterable(List.of(List.of(10))))
                        .withFallback(base),
                "distance.ofNodes is not 2 rows of 2 numbers");
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
                "unknown machine 'vax'; there are 2s-cascade-lake, 2s-epyc-genoa, 2s-epyc-milan, 2s-epyc-milan-nps4, 2s-ice-lake,"
                        + " 2s-sapphire-rapids, 2s-sapphire-rapids-snc4, 4s-cascade-lake, 4s-haswell-ex, 8s-cascade-lake",
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
