package dev.mitosis.halsim;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import dev.mitosis.hal.Topology;
import java.net.URL;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * A machine in numbers: what it is made of and how long its parts take.
 *
 * <p>Shape: one {@code .conf} file a machine in {@code dev/mitosis/machines}, each number as {@code {value, source}}. To add a
 * machine: one file, and its name in {@link #names()}.
 *
 * <p>Errors: {@link IllegalArgumentException} in one line, with file and line: an unknown machine, a missing number, a number
 * without a source, a key that nothing reads.
 */
public record MachineProfile(
        String name,
        String description,
        int sockets,
        int coresPerSocket,
        int threadsPerCore,
        int frequencyMhz,
        long framesPerNode,
        int distanceLocal,
        int distanceRemote,
        TlbSizes tlb,
        List<Integer> walkCacheEntries,
        int walkStartCycles,
        int walkers,
        CacheLevel l1,
        CacheLevel l2,
        CacheLevel last,
        boolean hasInclusiveLast,
        int lastLevelCores,
        int memoryLocalCycles,
        int memoryRemoteCycles,
        int localMegabytesPerSecond,
        int remoteMegabytesPerSecond,
        double contentionFactor,
        KernelCosts kernel) {

    private static final String FOLDER = "dev/mitosis/machines/";
    private static final int SET_GROUP = 256;
    private static final long FRAMES_PER_GIB = 1L << 18;

    /** The translation caches of a core. */
    public record TlbSizes(
            TlbLevel l1Base,
            TlbLevel l1Huge,
            TlbLevel l1Giant,
            TlbLevel second,
            TlbLevel secondGiant,
            TlbLevel nested) {}

    /** One translation cache. */
    public record TlbLevel(int entries, int ways) {}

    /** One level of the cache hierarchy. */
    public record CacheLevel(long sizeBytes, int ways, int latencyCycles) {}

    /** What pieces of kernel work cost, apart from the memory they touch. */
    public record KernelCosts(
            int systemCallCycles,
            int areaInsertCycles,
            int areaRemoveCycles,
            int pageFaultCycles,
            int pageAllocateCycles,
            int pageZeroCachedCycles,
            int pageZeroCycles,
            int pageFreeCycles,
            int entryCycles,
            int exchangeCycles,
            int ringHopCycles,
            int tableAllocateCycles,
            int pageCopyCycles,
            int rootLoadCycles,
            int flushCycles,
            int shootdownCycles,
            int shootdownTargetCycles,
            int broadcastFlushCycles) {}

    /** The machines that come with the product. */
    public static List<String> names() {
        return List.of(
                "2s-cascade-lake",
                "2s-epyc-genoa",
                "2s-epyc-milan",
                "2s-ice-lake",
                "2s-sapphire-rapids",
                "4s-cascade-lake",
                "4s-haswell-ex",
                "8s-cascade-lake");
    }

    /** The profile of a machine by name. */
    public static MachineProfile load(String name) {
        if (!names().contains(name)) {
            throw new IllegalArgumentException(
                    "unknown machine '" + name + "'; there are " + String.join(", ", names()));
        }
        String file = FOLDER + name + ".conf";
        URL resource = MachineProfile.class.getClassLoader().getResource(file);
        if (resource == null) {
            throw new IllegalStateException(file + " is not in the program");
        }
        return parse(
                name,
                ConfigFactory.parseURL(resource, ConfigParseOptions.defaults().setAllowMissing(false)));
    }

    /** The profile in a parsed file. */
    public static MachineProfile parse(String name, Config config) {
        Reader in = new Reader(name, config);
        MachineProfile profile = new MachineProfile(
                name,
                in.text("description"),
                in.number("sockets"),
                in.number("coresPerSocket"),
                in.number("threadsPerCore"),
                in.number("frequencyMhz"),
                in.number("memoryPerSocketGib") * FRAMES_PER_GIB,
                in.number("distance.local"),
                in.number("distance.remote"),
                new TlbSizes(
                        in.tlb("tlb.l1Base"),
                        in.tlb("tlb.l1Huge"),
                        in.tlb("tlb.l1Giant"),
                        in.tlb("tlb.second"),
                        in.tlb("tlb.secondGiant"),
                        in.tlb("tlb.nested")),
                List.of(
                        in.number("walkCache.level2"),
                        in.number("walkCache.level3"),
                        in.number("walkCache.level4"),
                        in.number("walkCache.level5")),
                in.number("walker.startCycles"),
                in.number("walker.count"),
                in.cache("cache.l1"),
                in.cache("cache.l2"),
                in.cache("cache.last"),
                in.flag("cache.last.isInclusive"),
                in.number("cache.last.cores"),
                in.number("memory.localCycles"),
                in.number("memory.remoteCycles"),
                in.number("memory.localMegabytesPerSecond"),
                in.number("memory.remoteMegabytesPerSecond"),
                in.real("memory.contentionFactor"),
                new KernelCosts(
                        in.number("kernel.systemCallCycles"),
                        in.number("kernel.areaInsertCycles"),
                        in.number("kernel.areaRemoveCycles"),
                        in.number("kernel.pageFaultCycles"),
                        in.number("kernel.pageAllocateCycles"),
                        in.number("kernel.pageZeroCachedCycles"),
                        in.number("kernel.pageZeroCycles"),
                        in.number("kernel.pageFreeCycles"),
                        in.number("kernel.entryCycles"),
                        in.number("kernel.exchangeCycles"),
                        in.number("kernel.ringHopCycles"),
                        in.number("kernel.tableAllocateCycles"),
                        in.number("kernel.pageCopyCycles"),
                        in.number("kernel.rootLoadCycles"),
                        in.number("kernel.flushCycles"),
                        in.number("kernel.shootdownCycles"),
                        in.number("kernel.shootdownTargetCycles"),
                        in.number("kernel.broadcastFlushCycles")));
        in.checkAllRead();
        return profile;
    }

    /** The same machine with another number of sockets. */
    public MachineProfile withSockets(int count) {
        if (count < 1 || count > 64) {
            throw new IllegalArgumentException("a machine has 1 to 64 sockets, not " + count);
        }
        return new MachineProfile(
                name,
                description,
                count,
                coresPerSocket,
                threadsPerCore,
                frequencyMhz,
                framesPerNode,
                distanceLocal,
                distanceRemote,
                tlb,
                walkCacheEntries,
                walkStartCycles,
                walkers,
                l1,
                l2,
                last,
                hasInclusiveLast,
                lastLevelCores,
                memoryLocalCycles,
                memoryRemoteCycles,
                localMegabytesPerSecond,
                remoteMegabytesPerSecond,
                contentionFactor,
                kernel);
    }

    /**
     * The same machine with a part of each last-level cache: what is left to a program whose neighbours on the socket use the rest.
     *
     * @param share above 0, at most 1
     */
    public MachineProfile withLastLevelShare(double share) {
        long allSets = last.sizeBytes() / 64 / last.ways();
        // Whole groups of sets, so that the tags of the rest of a line number stay short.
        long sets = (long) (allSets * share) / SET_GROUP * SET_GROUP;
        if (!(share > 0) || share > 1 || sets == 0) {
            throw new IllegalArgumentException(
                    "a share of the last-level cache is above 0 and at most 1, not " + share);
        }
        CacheLevel part = new CacheLevel(sets * last.ways() * 64, last.ways(), last.latencyCycles());
        return new MachineProfile(
                String.format(Locale.ROOT, "%s/llc-share=%.3g", name, share),
                description,
                sockets,
                coresPerSocket,
                threadsPerCore,
                frequencyMhz,
                framesPerNode,
                distanceLocal,
                distanceRemote,
                tlb,
                walkCacheEntries,
                walkStartCycles,
                walkers,
                l1,
                l2,
                part,
                hasInclusiveLast,
                lastLevelCores,
                memoryLocalCycles,
                memoryRemoteCycles,
                localMegabytesPerSecond,
                remoteMegabytesPerSecond,
                contentionFactor,
                kernel);
    }

    /** The same without walk caches and nested TLB: every walk reads every level. */
    public MachineProfile withoutWalkCaches() {
        return new MachineProfile(
                name + "/no-walk-caches",
                description,
                sockets,
                coresPerSocket,
                threadsPerCore,
                frequencyMhz,
                framesPerNode,
                distanceLocal,
                distanceRemote,
                new TlbSizes(
                        tlb.l1Base(), tlb.l1Huge(), tlb.l1Giant(), tlb.second(), tlb.secondGiant(), new TlbLevel(0, 1)),
                List.of(0, 0, 0, 0),
                walkStartCycles,
                walkers,
                l1,
                l2,
                last,
                hasInclusiveLast,
                lastLevelCores,
                memoryLocalCycles,
                memoryRemoteCycles,
                localMegabytesPerSecond,
                remoteMegabytesPerSecond,
                contentionFactor,
                kernel);
    }

    /** Nodes are sockets; processors are numbered node by node. */
    public Topology topology() {
        int[] nodeOfCpu = new int[sockets * coresPerSocket];
        for (int cpu = 0; cpu < nodeOfCpu.length; cpu++) {
            nodeOfCpu[cpu] = cpu / coresPerSocket;
        }
        long[] frames = new long[sockets];
        int[][] distance = new int[sockets][sockets];
        for (int node = 0; node < sockets; node++) {
            frames[node] = framesPerNode;
            for (int other = 0; other < sockets; other++) {
                distance[node][other] = node == other ? distanceLocal : distanceRemote;
            }
        }
        return new Topology(nodeOfCpu, frames, distance);
    }

    /** What a core remembers of guest frames. */
    public TlbLevel nestedTlb() {
        return tlb.nested();
    }

    /** The entries of the walk cache that holds pointers found at a level, 2 to 5. */
    public int walkCacheEntries(int level) {
        return walkCacheEntries.get(level - 2);
    }

    /** Reads numbers, remembers which, and names file and line of what is wrong. */
    private static final class Reader {
        private final String name;
        private final Config config;
        private final TreeSet<String> unread = new TreeSet<>();

        Reader(String name, Config config) {
            this.name = name;
            this.config = config;
            for (Map.Entry<String, ConfigValue> entry : config.entrySet()) {
                unread.add(entry.getKey());
            }
        }

        String text(String key) {
            unread.remove(key);
            try {
                return config.getString(key);
            } catch (ConfigException e) {
                throw wrong(e);
            }
        }

        double real(String key) {
            unread.remove(key + ".value");
            unread.remove(key + ".source");
            try {
                if (config.getString(key + ".source").isBlank()) {
                    throw new IllegalArgumentException("machine " + name + ": " + key + " has an empty source");
                }
                return config.getDouble(key + ".value");
            } catch (ConfigException e) {
                throw wrong(e);
            }
        }

        int number(String key) {
            double value = real(key);
            if (value != Math.rint(value) || value < 0 || value > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "machine " + name + ": " + key + " is " + value + ", not a whole number");
            }
            return (int) value;
        }

        boolean flag(String key) {
            unread.remove(key + ".value");
            unread.remove(key + ".source");
            try {
                return config.getBoolean(key + ".value");
            } catch (ConfigException e) {
                throw wrong(e);
            }
        }

        TlbLevel tlb(String key) {
            return new TlbLevel(number(key + ".entries"), number(key + ".ways"));
        }

        CacheLevel cache(String key) {
            return new CacheLevel(
                    number(key + ".sizeKib") * 1024L, number(key + ".ways"), number(key + ".latencyCycles"));
        }

        void checkAllRead() {
            if (!unread.isEmpty()) {
                String key = unread.first();
                throw new IllegalArgumentException(
                        config.getValue(key).origin().description() + ": nothing reads '" + key + "'");
            }
        }

        private IllegalArgumentException wrong(ConfigException e) {
            return new IllegalArgumentException("machine " + name + ": " + e.getMessage(), e);
        }
    }
}
