package dev.mitosis.workloads.trace.format;

/**
 * What the {@code view} tool of DynamoRIO's drmemtrace prints: a line for each record, of all threads.
 *
 * <p>Shape: {@code 8 1: 3446827 ifetch 3 byte(s) @ 0x00007fd5f0d4e090 48 89 e7 mov ...}: the number of the record and of the
 * instruction, the thread ({@code T3446827} or {@code W0.T3446827} in other releases, with the number of the workload, which is taken for a
 * process), what it is, its size and address. Instructions, reads and writes count; markers, prefetches, flushes and what stands before
 * and after the records do not.
 *
 * <p>Older releases print less: until 2022 a record has one number or none ({@code 10: T7001 read ...}, {@code T7001 read ...}), and without
 * numbers an instruction is its address and its bytes ({@code T7001 0x00007f1000001a58 58 pop %rax}).
 *
 * <p>Source: DynamoRIO {@code clients/drcachesim/tools/view.cpp}, and the samples in its documentation of the tool.
 */
final class DrviewFormat extends TextFormat {
    @Override
    public String name() {
        return "drview";
    }

    @Override
    public String description() {
        return "DynamoRIO's drmemtrace view tool";
    }

    @Override
    LineReader reader(TouchedProgram program) {
        return new LineReader() {
            private boolean isOver;

            @Override
            public void line(TextLine line) {
                if (isOver || isFrame(line)) {
                    return;
                }
                line.skipBlanks();
                if (!program.hasRecords() && line.atEnd()) {
                    return;
                }
                if (line.skip("View tool results")) {
                    isOver = true;
                    return;
                }
                if (!skipNumbers(line) && line.peek() != 'T' && line.peek() != 'W') {
                    // The bytes of a long instruction go on in the next line.
                    expectCode(line);
                    return;
                }
                record(line);
            }

            private void record(TextLine line) {
                line.skipBlanks();
                long workload = 0;
                if (line.skip("W")) {
                    workload = line.decimal();
                    line.expect(".");
                }
                if (!line.skip("T") && line.peek() < '0') {
                    throw line.malformed();
                }
                long tid = line.decimal();
                line.skipBlanks();
                // A marker may name a thread that does not exist: those before the first thread have the number 0.
                if (line.skip("<")) {
                    return;
                }
                TouchedProgram.TracedThread thread = program.thread(workload, tid);
                if (line.skip("0x")) {
                    line.hex();
                    line.skipBlanks();
                    int from = line.position;
                    if (!line.skipHex() || line.position - from != 2) {
                        throw line.malformed();
                    }
                    program.instruction(thread);
                    return;
                }
                boolean isRead = line.skip("read ");
                boolean isWrite = !isRead && line.skip("write ");
                boolean isFetch = !isRead && !isWrite && line.skip("ifetch ");
                if (!isRead && !isWrite && !isFetch) {
                    other(line);
                    return;
                }
                line.skipBlanks();
                long sizeBytes = line.decimal();
                line.expect(" byte(s) @ 0x");
                long va = line.hex();
                if (isFetch) {
                    program.instruction(thread);
                } else {
                    program.access(thread, va, sizeBytes, isWrite);
                }
            }

            /** A prefetch, a flush, an instruction that was not fetched again: it has an address, and is no access. */
            private void other(TextLine line) {
                if (!line.holds(" @ 0x")) {
                    throw line.malformed();
                }
            }
        };
    }

    /** The lines that stand around the records. */
    private static boolean isFrame(TextLine line) {
        return line.skip("Output format:") || line.skip("<--") || line.skip("---");
    }

    /** Goes past the number of the record, and of the instruction where there is one; false, without moving, when they are not there. */
    private static boolean skipNumbers(TextLine line) {
        int from = line.position;
        if (line.skipDecimal() >= 0) {
            if (line.skip(":")) {
                return true;
            }
            if (line.peek() == ' ' || line.peek() == '\t') {
                line.skipBlanks();
                if (line.skipDecimal() >= 0 && line.skip(":")) {
                    return true;
                }
            }
        }
        line.position = from;
        return false;
    }

    private static void expectCode(TextLine line) {
        do {
            int from = line.position;
            if (!line.skipHex() || line.position - from != 2) {
                throw line.malformed();
            }
            line.skipBlanks();
        } while (!line.atEnd());
    }
}
