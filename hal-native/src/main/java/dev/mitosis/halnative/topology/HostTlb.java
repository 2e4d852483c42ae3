package dev.mitosis.halnative.topology;

/**
 * A TLB of a core, for one or more sizes of pages.
 *
 * @param name {@code L1 DTLB}, {@code STLB}, {@code L2 ITLB}
 * @param pages {@code 4K}, {@code 2M}, {@code 1G}, joined by {@code +} where they share the entries
 * @param entries how many it has
 * @param ways a number, {@code full}, or empty where that is not known
 * @param source the document that says so, by its short name in the table
 */
public record HostTlb(String name, String pages, int entries, String ways, String source) {}
