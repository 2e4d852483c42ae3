package dev.mitosis.workloads.trace.format;

/**
 * The raw samples that {@code perf mem report -D} prints: a line each, of numbers in a fixed order.
 *
 * <pre>
 *   # PID, TID, IP, ADDR, LOCAL WEIGHT, DSRC, SYMBOL
 *    4101  4102 0x0000000000401136 0x01600007f1f04e2adc8    28 0x5080021 /x/a.out:main
 * </pre>
 *
 * <p>Perf writes {@code 0x016} before the address of data where it means {@code 0x%016}: no address begins so. Between address and
 * weight, a physical address and the size of a page may stand; fields may be separated by commas. A sample is a store when its data
 * source says so, and one access.
 *
 * <p>Source: Linux {@code tools/perf/builtin-mem.c:dump_raw_samples, report_raw_events}; {@code
 * include/uapi/linux/perf_event.h:PERF_MEM_OP_STORE}.
 */
final class PerfMemFormat extends TextFormat {
    private static final String MISPRINT = "016";
    private static final int STORE = 4;

    @Override
    public String name() {
        return "perfmem";
    }

    @Override
    public String description() {
        return "perf mem report -D";
    }

    @Override
    LineReader reader(TouchedProgram program) {
        return line -> {
            line.skipBlanks();
            if (line.atEnd() || line.peek() == '#') {
                return;
            }
            long pid = line.decimal();
            skipSeparator(line);
            long tid = line.decimal();
            skipSeparator(line);
            line.expect("0x");
            line.hex();
            skipSeparator(line);
            line.expect("0x");
            long va = misprinted(line);
            boolean isStore = isStore(line);
            program.access(program.thread(pid, tid), va, 1, isStore);
        };
    }

    private static void skipSeparator(TextLine line) {
        int from = line.position;
        line.skipBlanks();
        if (line.skip(",")) {
            line.skipBlanks();
        }
        if (line.position == from) {
            throw line.malformed();
        }
    }

    private static long misprinted(TextLine line) {
        int from = line.position;
        if (line.skip(MISPRINT) && line.skipHex()) {
            line.position = from + MISPRINT.length();
            return line.hex();
        }
        line.position = from;
        return line.hex();
    }

    /** Goes past the weight, the last number without a prefix, and looks into the data source after it. */
    private static boolean isStore(TextLine line) {
        skipSeparator(line);
        while (line.skip("0x")) {
            if (line.skip(MISPRINT) && !line.skipHex()) {
                throw line.malformed();
            }
            line.skipHex();
            skipSeparator(line);
        }
        if (line.skipDecimal() < 0) {
            throw line.malformed();
        }
        skipSeparator(line);
        line.expect("0x");
        return (line.hex() & STORE) != 0;
    }
}
