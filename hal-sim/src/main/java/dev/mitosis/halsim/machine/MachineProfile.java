package dev.mitosis.halsim.machine;

import com.typesafe.config.Config;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A machine in numbers: what it is made of and how long its parts take.
 *
 * <p>Shape: one {@code .conf} file a machine in {@code dev/mitosis/machines}, each number as {@code {value, source}}. To add a
 * machine: one file, and its name in {@link #names()}.
 *
 * <p>Errors: {@link IllegalArgumentException} in one line, with file and line: an unknown machine, a missing number, a number
 * without a source, a key that nothing reads.
 *
 * @param contentionFactor how much longer the memory of a node takes that someone else keeps busy
 * @param core the design of its cores; of a file that names none, Skylake
 */
public record MachineProfile(
        String name,
        String description,
        Sockets shape,
        NodeLinks links,
        TlbSizes tlb,
        Walker walker,
        Caches caches,
        double contentionFactor,
        KernelCosts kernel,
        CoreProfile core) {

    private static final int SET_GROUP = 256;
    /** Of all sockets; each has its own simulated caches. */
    private static final int MAX_CORES = 4096;
    /** That anything may take: a third of a millisecond. */
    static final int MAX_CYCLES = 1_000_000;
    /** For the tags of all caches of a machine, four bytes a line: five times those of the largest that is sold. */
    private static final long MAX_TAG_BYTES = 1L << 30;

    private static final long FRAMES_PER_GIB = 1L << 18;

    /** Sockets, nodes, cores and memory. */
    public record Sockets(
            int sockets,
            int nodesPerSocket,
            int coresPerSocket,
            int threadsPerCore,
            int frequencyMhz,
            long framesPerNode) {
        Sockets withSockets(int count) {
            return new Sockets(count, nodesPerSocket, coresPerSocket, threadsPerCore, frequencyMhz, framesPerNode);
        }
    }

    /**
     * The page walkers of a core.
     *
     * @param cacheEntries of the walk caches of levels 2 to 5
     * @param startCycles what a walk takes before its first read
     * @param count walks at a time
     */
    public record Walker(List<Integer> cacheEntries, int startCycles, int count) {
        Walker withoutCaches() {
            return new Walker(List.of(0, 0, 0, 0), startCycles, count);
        }
    }

    /**
     * The cache hierarchy.
     *
     * @param isInclusiveLast whether the last level holds all that the levels above hold
     * @param lastCores the cores that share a last level
     */
    public record Caches(CacheLevel l1, CacheLevel l2, CacheLevel last, boolean isInclusiveLast, int lastCores) {
        Caches withLast(CacheLevel level) {
            return new Caches(l1, l2, level, isInclusiveLast, lastCores);
        }
    }

    /** The translation caches of a core. */
    public record TlbSizes(
            TlbLevel l1Base,
            TlbLevel l1Huge,
            TlbLevel l1Giant,
            TlbLevel second,
            TlbLevel secondGiant,
            TlbLevel nested) {
        TlbSizes withoutNested() {
            return new TlbSizes(l1Base, l1Huge, l1Giant, second, secondGiant, new TlbLevel(0, 1));
        }
    }

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
                "2s-epyc-milan-nps4",
                "2s-ice-lake",
                "2s-sapphire-rapids",
                "2s-sapphire-rapids-snc4",
                "4s-cascade-lake",
                "4s-haswell-ex",
                "8s-cascade-lake");
    }

    /** The profile of a machine by name, or of one in a file whose name ends in {@code .conf}. */
    public static MachineProfile load(String name) {
        if (name.endsWith(".conf")) {
            return loadFile(Path.of(name));
        }
        if (!names().contains(name)) {
            throw new IllegalArgumentException(
                    "unknown machine '" + name + "'; there are " + String.join(", ", names()));
        }
        return parse(name, MachineFile.bundled(name));
    }

    private static MachineProfile loadFile(Path file) {
        String name = String.valueOf(file.getFileName()).replaceFirst("\\.conf$", "");
        return parse(name, MachineFile.read(file));
    }

    /** The profile in a parsed file. */
    public static MachineProfile parse(String name, Config config) {
        ProfileReader in = new ProfileReader(name, config);
        int sockets = in.number("sockets", 1, Frames.MAX_NODES);
        int nodesPerSocket = in.has("nodesPerSocket") ? in.number("nodesPerSocket", 1, Frames.MAX_NODES / sockets) : 1;
        int coresPerSocket = in.number("coresPerSocket", 1, MAX_CORES / sockets);
        if (coresPerSocket % nodesPerSocket != 0) {
            throw new IllegalArgumentException("machine " + name + ": " + coresPerSocket + " cores do not make "
                    + nodesPerSocket + " equal nodes of a socket");
        }
        MachineProfile profile = new MachineProfile(
                name,
                in.text("description"),
                new Sockets(
                        sockets,
                        nodesPerSocket,
                        coresPerSocket,
                        in.number("threadsPerCore", 1, 8),
                        in.number("frequencyMhz", 1, 100_000),
                        in.number("memoryPerSocketGib", 1, 1 << 20) * FRAMES_PER_GIB / nodesPerSocket),
                in.links(sockets, nodesPerSocket),
                new TlbSizes(
                        in.tlb("tlb.l1Base"),
                        in.tlb("tlb.l1Huge"),
                        in.tlb("tlb.l1Giant"),
                        in.tlb("tlb.second"),
                        in.tlb("tlb.secondGiant"),
                        in.tlb("tlb.nested")),
                new Walker(
                        List.of(
                                in.number("walkCache.level2", 0, 1 << 16),
                                in.number("walkCache.level3", 0, 1 << 16),
                                in.number("walkCache.level4", 0, 1 << 16),
                                in.number("walkCache.level5", 0, 1 << 16)),
                        in.number("walker.startCycles", 0, MAX_CYCLES),
                        in.number("walker.count", 1, 64)),
                new Caches(
                        in.cache("cache.l1"),
                        in.cache("cache.l2"),
                        in.cache("cache.last"),
                        in.flag("cache.last.isInclusive"),
                        in.number("cache.last.cores", 1, MAX_CORES)),
                in.real("memory.contentionFactor", 1, 1000),
                new KernelCosts(
                        in.number("kernel.systemCallCycles", 0, MAX_CYCLES),
                        in.number("kernel.areaInsertCycles", 0, MAX_CYCLES),
                        in.number("kernel.areaRemoveCycles", 0, MAX_CYCLES),
                        in.number("kernel.pageFaultCycles", 0, MAX_CYCLES),
                        in.number("kernel.pageAllocateCycles", 0, MAX_CYCLES),
                        in.number("kernel.pageZeroCachedCycles", 0, MAX_CYCLES),
                        in.number("kernel.pageZeroCycles", 0, MAX_CYCLES),
                        in.number("kernel.pageFreeCycles", 0, MAX_CYCLES),
                        in.number("kernel.entryCycles", 0, MAX_CYCLES),
                        in.number("kernel.exchangeCycles", 0, MAX_CYCLES),
                        in.number("kernel.ringHopCycles", 0, MAX_CYCLES),
                        in.number("kernel.tableAllocateCycles", 0, MAX_CYCLES),
                        in.number("kernel.pageCopyCycles", 0, MAX_CYCLES),
                        in.number("kernel.rootLoadCycles", 0, MAX_CYCLES),
                        in.number("kernel.flushCycles", 0, MAX_CYCLES),
                        in.number("kernel.shootdownCycles", 0, MAX_CYCLES),
                        in.number("kernel.shootdownTargetCycles", 0, MAX_CYCLES),
                        in.number("kernel.broadcastFlushCycles", 0, MAX_CYCLES)),
                CoreProfile.load(in.has("core") ? in.text("core") : "skylake"));
        in.checkAllRead();
        profile.requireBuildable();
        return profile;
    }

    /** What no single number shows: caches whose lines make no whole sets, and more of them than a simulation has room for. */
    private void requireBuildable() {
        for (TlbLevel level : List.of(tlb.l1Base, tlb.l1Huge, tlb.l1Giant, tlb.second, tlb.secondGiant, tlb.nested)) {
            int sets = level.entries() / level.ways();
            if (level.entries() != 0 && (Integer.bitCount(sets) != 1 || sets * level.ways() != level.entries())) {
                throw new IllegalArgumentException("machine " + name + ": a TLB of " + level.entries() + " entries and "
                        + level.ways() + " ways has no power of two of sets");
            }
        }
        requireSets("cache.l1", l1(), true);
        requireSets("cache.l2", l2(), true);
        requireSets("cache.last", last(), false);
        long cores = (long) sockets() * coresPerSocket();
        long lastLevels = (long) nodes() * ((coresPerNode() + lastLevelCores() - 1) / lastLevelCores());
        long tagBytes = (cores * (l1().sizeBytes() + l2().sizeBytes()) + lastLevels * last().sizeBytes()) / 16;
        if (tagBytes > MAX_TAG_BYTES) {
            throw new IllegalArgumentException("machine " + name + ": its caches together are larger than "
                    + (MAX_TAG_BYTES * 16 >> 30) + " GiB, which are not simulated");
        }
    }

    private void requireSets(String key, CacheLevel level, boolean needsPowerOfTwo) {
        long sets = level.sizeBytes() / 64 / level.ways();
        if (sets < 1
                || sets > 1 << 24
                || sets * level.ways() * 64 != level.sizeBytes()
                || needsPowerOfTwo && Long.bitCount(sets) != 1) {
            throw new IllegalArgumentException("machine " + name + ": " + key + " of " + level.sizeBytes()
                    + " bytes and " + level.ways() + " ways has no "
                    + (needsPowerOfTwo ? "power of two" : "whole number") + " of sets");
        }
    }

    /** The same machine with another number of sockets. */
    public MachineProfile withSockets(int count) {
        if (count < 1 || count * nodesPerSocket() > 64) {
            throw new IllegalArgumentException("a machine has 1 to 64 nodes, not " + count * nodesPerSocket());
        }
        return new MachineProfile(
                name,
                description,
                shape.withSockets(count),
                links.withSockets(count, shape.nodesPerSocket()),
                tlb,
                walker,
                caches,
                contentionFactor,
                kernel,
                core);
    }

    /**
     * The same machine with a part of each last-level cache: what is left to a program whose neighbours on the socket use the rest.
     *
     * @param share above 0, at most 1
     */
    public MachineProfile withLastLevelShare(double share) {
        long allSets = last().sizeBytes() / 64 / last().ways();
        // Whole groups of sets, so that the tags of the rest of a line number stay short.
        long sets = (long) (allSets * share) / SET_GROUP * SET_GROUP;
        if (!(share > 0) || share > 1 || sets == 0) {
            throw new IllegalArgumentException(
                    "a share of the last-level cache is above 0 and at most 1, not " + share);
        }
        CacheLevel part = new CacheLevel(sets * last().ways() * 64, last().ways(), last().latencyCycles());
        String nameOfPart = String.format(Locale.ROOT, "%s/llc-share=%.3g", name, share);
        return new MachineProfile(
                nameOfPart,
                description,
                shape,
                links,
                tlb,
                walker,
                caches.withLast(part),
                contentionFactor,
                kernel,
                core);
    }

    /** The same without walk caches and nested TLB: every walk reads every level. */
    public MachineProfile withoutWalkCaches() {
        return new MachineProfile(
                name + "/no-walk-caches",
                description,
                shape,
                links,
                tlb.withoutNested(),
                walker.withoutCaches(),
                caches,
                contentionFactor,
                kernel,
                core);
    }

    // ---- parts of the groups, which most of the simulator asks for ----

    public int sockets() {
        return shape.sockets();
    }

    public int nodesPerSocket() {
        return shape.nodesPerSocket();
    }

    public int coresPerSocket() {
        return shape.coresPerSocket();
    }

    public int threadsPerCore() {
        return shape.threadsPerCore();
    }

    public int frequencyMhz() {
        return shape.frequencyMhz();
    }

    public long framesPerNode() {
        return shape.framesPerNode();
    }

    public int walkStartCycles() {
        return walker.startCycles();
    }

    public int walkers() {
        return walker.count();
    }

    public CacheLevel l1() {
        return caches.l1();
    }

    public CacheLevel l2() {
        return caches.l2();
    }

    public CacheLevel last() {
        return caches.last();
    }

    public boolean hasInclusiveLast() {
        return caches.isInclusiveLast();
    }

    public int lastLevelCores() {
        return caches.lastCores();
    }

    /** The nodes of memory: a socket is one, or several clusters of it are one each. */
    public int nodes() {
        return sockets() * nodesPerSocket();
    }

    public int coresPerNode() {
        return coresPerSocket() / nodesPerSocket();
    }

    /** Latency of an idle memory, from its own node. */
    public int memoryLocalCycles() {
        return links.link(0, 0).latencyCycles();
    }

    /** Latency of an idle memory from the node that is farthest from it. */
    public int memoryRemoteCycles() {
        return links.farthestCycles();
    }

    /** Processors are numbered node by node. */
    public Topology topology() {
        int[] nodeOfCpu = new int[sockets() * coresPerSocket()];
        for (int cpu = 0; cpu < nodeOfCpu.length; cpu++) {
            nodeOfCpu[cpu] = cpu / coresPerNode();
        }
        long[] frames = new long[nodes()];
        Arrays.fill(frames, framesPerNode());
        return new Topology(nodeOfCpu, frames, links.distances());
    }

    /** What a core remembers of guest frames. */
    public TlbLevel nestedTlb() {
        return tlb.nested();
    }

    /** The entries of the walk cache that holds pointers found at a level, 2 to 5. */
    public int walkCacheEntries(int level) {
        return walker.cacheEntries().get(level - 2);
    }
}
