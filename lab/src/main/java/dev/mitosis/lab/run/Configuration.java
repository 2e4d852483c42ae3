package dev.mitosis.lab.run;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where threads, page tables and data are, in the notation of the papers.
 *
 * <pre>
 *   thin:  [T]{L|R}P[I]-{L|R}D[I][+M]   one socket runs; P page tables, D data: Local or Remote; I: that node is contended
 *   wide:  [T]{F|I}[+M]                 all sockets run; F first touch, I interleaved
 *   T: transparent huge pages      +M: Mitosis (thin: page tables migrated back; wide: replicated)
 * </pre>
 *
 * <p>Source: Mitosis (ASPLOS'20) tables 2 and 5, figures 6, 9 and 10.
 *
 * @param isWide whether threads run on all sockets
 * @param hasRemoteTables thin: the page tables are on the other node
 * @param contendsTables thin: the node of the page tables is contended
 * @param hasRemoteData thin: the data is on the other node
 * @param contendsData thin: the node of the data is contended
 * @param interleaves wide: data and page tables in turn on all nodes
 */
public record Configuration(
        String name,
        boolean isWide,
        boolean thp,
        boolean hasRemoteTables,
        boolean contendsTables,
        boolean hasRemoteData,
        boolean contendsData,
        boolean interleaves,
        boolean hasMitosis) {
    private static final Pattern THIN = Pattern.compile("(T?)([LR])P(I?)-([LR])D(I?)(\\+M)?");
    private static final Pattern WIDE = Pattern.compile("(T?)([FI])(\\+M)?");

    /** Reads a name; {@link IllegalArgumentException} says what names look like. */
    public static Configuration parse(String name) {
        Matcher thin = THIN.matcher(name);
        if (thin.matches()) {
            return new Configuration(
                    name,
                    false,
                    !thin.group(1).isEmpty(),
                    thin.group(2).equals("R"),
                    !thin.group(3).isEmpty(),
                    thin.group(4).equals("R"),
                    !thin.group(5).isEmpty(),
                    false,
                    thin.group(6) != null);
        }
        Matcher wide = WIDE.matcher(name);
        if (wide.matches()) {
            boolean interleaves = wide.group(2).equals("I");
            return new Configuration(
                    name,
                    true,
                    !wide.group(1).isEmpty(),
                    false,
                    false,
                    false,
                    false,
                    interleaves,
                    wide.group(3) != null);
        }
        throw new IllegalArgumentException(
                "unknown configuration '" + name
                        + "'; thin ones look like LP-LD, RPI-LD, TRP-RD or RPI-LD+M, wide ones like F, I, TF or F+M, those in a guest like LL, TRR or RRIM");
    }

    /** The node that a thin run's threads are on. */
    public int runNode() {
        return 0;
    }

    public int tableNode() {
        return hasRemoteTables ? 1 : 0;
    }

    public int dataNode() {
        return hasRemoteData ? 1 : 0;
    }

    /** The nodes whose memory somebody else keeps busy. */
    public long contendedNodes() {
        long tables = contendsTables ? 1L << tableNode() : 0;
        return tables | (contendsData ? 1L << dataNode() : 0);
    }

    /** The policy that the configuration implies. */
    public String policy() {
        if (hasMitosis) {
            return isWide ? "mitosis" : "migrate";
        }
        return interleaves ? "interleave" : "first-touch";
    }
}
