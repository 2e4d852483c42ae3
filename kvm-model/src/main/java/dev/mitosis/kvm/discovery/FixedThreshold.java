package dev.mitosis.kvm.discovery;

import java.util.Arrays;

/**
 * The papers' rule: processors nearer than a fixed latency share a group, and so does everything that they are near to.
 *
 * <p>It needs a limit that suits the machine, and one wrong pair joins two groups; it is here to be compared with.
 *
 * <p>Source: vMitosis' artifact, {@code micro-probe.py}: {@code NUMA_THRESHOLD = 100}. The script joins groups in one pass and may
 * leave some that overlap; here they are joined to the end.
 */
public final class FixedThreshold {
    /** What the artifact uses, in nanoseconds. */
    public static final double ARTIFACT_NANOS = 100;

    private FixedThreshold() {}

    /** The group of each processor, numbered by their first processors. */
    public static int[] groups(LatencyMatrix matrix, double limit) {
        int size = matrix.size();
        int[] group = new int[size];
        Arrays.fill(group, -1);
        int[] queue = new int[size];
        int groups = 0;
        for (int first = 0; first < size; first++) {
            if (group[first] >= 0) {
                continue;
            }
            int end = 0;
            queue[end++] = first;
            group[first] = groups;
            for (int at = 0; at < end; at++) {
                for (int other = 0; other < size; other++) {
                    if (group[other] < 0 && matrix.latency(queue[at], other) < limit) {
                        group[other] = groups;
                        queue[end++] = other;
                    }
                }
            }
            groups++;
        }
        return group;
    }
}
