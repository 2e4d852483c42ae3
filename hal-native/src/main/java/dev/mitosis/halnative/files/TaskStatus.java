package dev.mitosis.halnative.files;

import java.util.BitSet;

/**
 * What {@code /proc/self/status} says a task may use: the processors and nodes of its control group and affinity.
 *
 * <p>Source: proc(5).
 *
 * @param allowedCpus the processors it may run on
 * @param allowedNodes the nodes it may take memory from
 * @param nodeBits the size of the kernel's masks of nodes, or -1 where it has none
 */
public record TaskStatus(BitSet allowedCpus, BitSet allowedNodes, int nodeBits) {
    public static TaskStatus read(SystemFiles files) {
        String status = files.read("/proc/self/status").orElse("");
        String nodes = valueOf(status, "\nMems_allowed:");
        return new TaskStatus(
                Bitmasks.parseWords(orZero(valueOf(status, "\nCpus_allowed:"))),
                Bitmasks.parseWords(orZero(nodes)),
                nodes.isEmpty() ? -1 : nodes.split(",", -1).length * 32);
    }

    /** The value of a line of a status file, without white space around it; empty where there is no such line. */
    public static String valueOf(String status, String label) {
        int at = status.indexOf(label);
        if (at < 0) {
            return "";
        }
        int end = status.indexOf('\n', at + 1);
        return status.substring(at + label.length(), end < 0 ? status.length() : end)
                .strip();
    }

    private static String orZero(String words) {
        return words.isEmpty() ? "0" : words;
    }
}
