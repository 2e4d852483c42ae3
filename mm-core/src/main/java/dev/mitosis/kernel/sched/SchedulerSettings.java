package dev.mitosis.kernel.sched;

/**
 * How a scheduler is set up.
 *
 * @param balanceTicks ticks between two balancings of load
 * @param numaBalancing whether pages are hidden for their hints, and tasks placed by them (numa_balancing)
 * @param scanTicks ticks between two pieces of hiding, at the least (numa_balancing_scan_period_min)
 * @param maxScanTicks at the most: the period doubles while most hints are local, and halves while they are not
 * @param scanPages pages of a piece (numa_balancing_scan_size, 256 MiB)
 */
public record SchedulerSettings(
        int balanceTicks, boolean numaBalancing, int scanTicks, int maxScanTicks, long scanPages) {
    /** Linux, with a tick of 4 ms: a second between two pieces at the least, a minute at the most. */
    public static final SchedulerSettings LINUX = new SchedulerSettings(1, true, 250, 15_000, 1L << 16);

    public SchedulerSettings {
        if (balanceTicks < 1 || scanTicks < 1 || maxScanTicks < scanTicks || scanPages < 1) {
            throw new IllegalArgumentException(
                    "periods and sizes are at least 1, and the maximum not below the minimum");
        }
    }

    public SchedulerSettings withNumaBalancing(boolean enabled) {
        return new SchedulerSettings(balanceTicks, enabled, scanTicks, maxScanTicks, scanPages);
    }

    public SchedulerSettings withScan(int minTicks, int maxTicks, long pages) {
        return new SchedulerSettings(balanceTicks, numaBalancing, minTicks, maxTicks, pages);
    }
}
