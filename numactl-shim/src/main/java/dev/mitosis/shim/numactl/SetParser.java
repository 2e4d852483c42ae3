package dev.mitosis.shim.numactl;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads the sets that numactl's users write: {@code 0-3,5}, {@code all}, {@code !0} for all but, {@code +0} relative to what the task may
 * use. Source: numactl(8), numa(3).
 */
final class SetParser {
    private final HostView host;
    private final DeviceNodes devices;
    private final Console console;
    private boolean warned;

    SetParser(HostView host, DeviceNodes devices, Console console) {
        this.host = host;
        this.devices = devices;
        this.console = console;
    }

    /** A set of nodes, or null after saying what is wrong with it. */
    @Nullable
    BitSet parseNodes(String text, boolean all) {
        return new Reading(text, all ? host.possibleNodes() : host.allowedNodes(), true).read();
    }

    /**
     * A set of nodes whose processors are meant, or null after saying what is wrong with it: of those that the task may use, or that have
     * processors and no memory, which no control group keeps from it. Source: numactl 2.0.17 and later.
     */
    @Nullable
    BitSet parseNodesOfCpus(String text, boolean all) {
        BitSet allowed = all ? host.possibleNodes() : host.allowedNodes();
        return new Reading(text, allowed, host.nodesWithoutMemory(), true).read();
    }

    /** A set of processors, or null after saying what is wrong with it. */
    @Nullable
    BitSet parseCpus(String text, boolean all) {
        return new Reading(text, all ? host.possibleCpus() : host.allowedCpus(), false).read();
    }

    /** One text being read. */
    private final class Reading {
        private final String text;
        private final BitSet allowed;
        /** Numbers that may be written, and that {@code all}, {@code !} and {@code +} do not mean. */
        private final BitSet byNumberOnly;

        private final boolean nodes;
        private final String what;
        private final BitSet set = new BitSet();
        private boolean relative;
        private int at;

        Reading(String text, BitSet allowed, boolean nodes) {
            this(text, allowed, new BitSet(), nodes);
        }

        Reading(String text, BitSet allowed, BitSet byNumberOnly, boolean nodes) {
            this.text = text;
            this.allowed = allowed;
            this.byNumberOnly = byNumberOnly;
            this.nodes = nodes;
            this.what = nodes ? "node" : "cpu";
        }

        @Nullable
        BitSet read() {
            if (text.isEmpty()) {
                return set;
            }
            boolean invert = text.charAt(0) == '!';
            at = invert ? 1 : 0;
            relative = at < text.length() && text.charAt(at) == '+';
            at += relative ? 1 : 0;
            boolean valid;
            do {
                String rest = text.substring(at);
                Boolean whole = wholeRest(rest);
                if (whole != null) {
                    valid = whole;
                    break;
                }
                valid = range(rest);
            } while (valid && at < text.length() && text.charAt(at++) == ',');
            if (!valid) {
                return null;
            }
            if (invert) {
                set.flip(0, nodes ? host.configuredNodes() : host.configuredCpus());
            }
            return set;
        }

        /** {@code all} and devices, which must be all that is left: whether that worked, or null for neither. */
        private @Nullable Boolean wholeRest(String rest) {
            if (rest.isEmpty() || !isLetter(rest.charAt(0))) {
                return null;
            }
            if (rest.equals("all")) {
                set.clear();
                set.or(allowed);
                return true;
            }
            if (!nodes || !devices.isDevice(rest)) {
                return null;
            }
            int node = devices.findNode(rest);
            if (node >= 0) {
                set.set(node);
            }
            return node >= 0;
        }

        private boolean range(String rest) {
            NumberScanner scanner = new NumberScanner(text, at);
            long first = number(scanner);
            if (!scanner.isFound()) {
                return warn("unparseable " + what + " description `" + rest + "'");
            }
            if (!isAllowed(first)) {
                return warn(what + " argument " + (nodes ? String.valueOf((int) first) : rest) + " is out of range");
            }
            set.set((int) first);
            at = scanner.position();
            if (at < text.length() && text.charAt(at) == '-') {
                rest = text.substring(at + 1);
                scanner = new NumberScanner(text, at + 1);
                long last = number(scanner);
                if (!scanner.isFound()) {
                    return warn("missing " + what + " argument " + rest);
                }
                if (!isAllowed(last)) {
                    return warn(what + " argument " + (nodes ? String.valueOf((int) last) : rest) + " out of range");
                }
                for (long i = first; Long.compareUnsigned(i, last) <= 0 && i - first < host.bits(nodes); i++) {
                    if (isAllowed(i)) {
                        set.set((int) i);
                    }
                }
                at = scanner.position();
            }
            return at == text.length() || text.charAt(at) == ',';
        }

        /** A number, or the so-manieth that is allowed. */
        private long number(NumberScanner scanner) {
            long value = scanner.next(0);
            if (!relative || !scanner.isFound()) {
                return value;
            }
            int i = 0;
            for (; value >= 0 && i <= host.bits(nodes); i++) {
                value -= allowed.get(i) ? 1 : 0;
            }
            return i - 1L;
        }

        private boolean isAllowed(long number) {
            int bit = (int) number;
            return bit >= 0 && (allowed.get(bit) || byNumberOnly.get(bit));
        }

        private boolean warn(String message) {
            if (!warned) {
                console.err("libnuma: Warning: " + message + "\n\n");
                warned = true;
            }
            return false;
        }
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
