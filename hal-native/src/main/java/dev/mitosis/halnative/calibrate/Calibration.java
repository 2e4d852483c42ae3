package dev.mitosis.halnative.calibrate;

import dev.mitosis.halnative.topology.HostTopology;
import java.util.List;

/**
 * What was measured of a host.
 *
 * <p>Shape: tables are of a processor's node and a memory's, by their places in the list of nodes.
 *
 * @param idleNanos a load that misses all caches, through huge pages
 * @param smallPageNanos the same through 4 KiB pages: the difference is the page walk
 * @param busyNanos the same while other processors read that memory
 * @param megabytesPerSecond what the processors of a node together read
 * @param walkNanos a walk in software by a processor of the first node through tables of the second
 * @param lineNanos a cache line from processor to processor, by places in {@link HostTopology#cpuNumbers}; {@code NaN} where not measured
 * @param caches latency by bytes chased
 * @param tlbs what small pages cost, by pages chased
 * @param notes what is in the way of the numbers, one line each
 */
public record Calibration(
        HostTopology host,
        PairTable idleNanos,
        PairTable smallPageNanos,
        PairTable busyNanos,
        PairTable megabytesPerSecond,
        PairTable walkNanos,
        List<List<Double>> lineNanos,
        List<Sweeps.Point> caches,
        List<Sweeps.Point> tlbs,
        List<String> notes) {}
