package dev.mitosis.halnative.topology;

/**
 * A kind of processor cache: all that are alike.
 *
 * @param name {@code L1d}, {@code L1i}, {@code L2}, {@code L3}
 * @param sizeBytes of one
 * @param ways 0 where the kernel does not say
 * @param instances how many there are of it; 0 where the kernel does not say which processors share one
 */
public record HostCache(String name, long sizeBytes, int ways, int instances) {}
