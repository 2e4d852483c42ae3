package dev.mitosis.workloads.trace.format;

import dev.mitosis.workloads.trace.TraceWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Samples of data addresses as {@code perf script} prints them, with any of its usual fields.
 *
 * <pre>
 *   [command] TID | PID/TID  [[cpu]]  [time:]  [period] [event:]  ADDRESS  [anything]
 *
 *   32012     55ba4feb4018                                                                     -F tid,addr
 *   a 32012/32012 33447.331051: page-faults:     55ba4feb4018 ...                              -F comm,pid,tid,time,event,addr,...
 *   a 32012 [003] 33.44:  14 cpu/mem-loads,ldlat=30/P:  7f4ec7e3d110  10668100842 |OP LOAD|... what perf mem record's file gives
 * </pre>
 *
 * <p>A line of code alone, which {@code perf script} prints without {@code addr} among its fields, is refused.
 *
 * <p>A sample is a store when its event's name holds {@code store}, or its data source says so; else a load. Without the process,
 * all threads are taken for those of one. A sample is one access, though the program made many between two of them.
 *
 * <p>Source: perf-script(1); Linux {@code tools/perf/builtin-script.c:perf_sample__fprintf_start, process_event}.
 */
final class PerfFormat extends TextFormat {
    /** A command is printed in this many columns. */
    private static final int COMMAND_COLUMNS = 16;

    /** Fewer hexadecimal digits than any program's code has in its address; a word such as {@code add} has fewer. */
    private static final int LEAST_DIGITS_OF_CODE = 6;

    @Override
    public String name() {
        return "perf";
    }

    @Override
    public String description() {
        return "perf script -F tid,addr, and what it prints of perf mem record";
    }

    @Override
    public Optional<TraceWriter> writer(Path file) throws IOException {
        return Optional.of(
                new TextTraceWriter(file, "", true, (to, process, thread, va, isStore) -> to.put(process + "/" + thread)
                        .put(isStore ? " mem-stores: " : " mem-loads: ")
                        .putHex(va, 12)
                        .put("\n")));
    }

    @Override
    LineReader reader(TouchedProgram program) {
        return new SampleReader(program);
    }

    /** The fields of one sample, and the line where they are looked for. */
    private static final class SampleReader implements LineReader {
        private final TouchedProgram program;
        private long pid;
        private long tid;
        private long va;
        private boolean isStore;
        private boolean isDataSource;

        SampleReader(TouchedProgram program) {
            this.program = program;
        }

        @Override
        public void line(TextLine line) {
            line.skipBlanks();
            if (line.atEnd() || line.peek() == '#') {
                return;
            }
            int first = line.position;
            int afterCommand = line.start + COMMAND_COLUMNS;
            boolean found = sampleAt(line, first)
                    || afterCommand < line.end && line.bytes[afterCommand] == ' ' && sampleAt(line, afterCommand);
            // The command's columns were not kept: it ends where the rest of the line reads as a sample.
            int at = first;
            while (!found && at < line.end) {
                at = nextWord(line, at);
                found = sampleAt(line, at);
            }
            if (!found) {
                throw line.malformed();
            }
            if (isCode(line)) {
                throw new MalformedRecord(
                        "a sample of code, without the address of data; perf script -F tid,addr prints it");
            }
            if (isDataSource) {
                throw new MalformedRecord(
                        "a sample with its data source, and without the address; perf script -F tid,addr,data_src"
                                + " prints it");
            }
            program.access(program.thread(pid, tid), va, 1, isStore);
        }

        private static int nextWord(TextLine line, int at) {
            line.position = at;
            line.skipWord();
            line.skipBlanks();
            return line.position;
        }

        /** Reads the fields from a place on; false when they do not stand there. */
        private boolean sampleAt(TextLine line, int from) {
            line.position = from;
            line.skipBlanks();
            return skipThread(line) && skipCpu(line) && skipTime(line) && skipEvent(line) && readAddress(line);
        }

        private boolean skipThread(TextLine line) {
            tid = line.skipDecimal();
            pid = 0;
            if (tid >= 0 && line.skip("/")) {
                pid = tid;
                tid = line.skipDecimal();
            }
            return tid >= 0 && isBlank(line);
        }

        private static boolean skipCpu(TextLine line) {
            line.skipBlanks();
            return !line.skip("[") || line.skipDecimal() >= 0 && line.skip("]") && isBlank(line);
        }

        private static boolean skipTime(TextLine line) {
            line.skipBlanks();
            int from = line.position;
            boolean isTime = line.skipDecimal() >= 0 && line.skip(".") && line.skipDecimal() >= 0 && line.skip(":");
            if (!isTime) {
                line.position = from;
            }
            return true;
        }

        /** Goes past an event, the word that ends with a colon, and the period before it. */
        private boolean skipEvent(TextLine line) {
            line.skipBlanks();
            int from = line.position;
            if (line.skipDecimal() >= 0 && isBlank(line)) {
                line.skipBlanks();
            } else {
                line.position = from;
            }
            int name = line.position;
            line.skipWord();
            boolean isEvent = line.position > name && line.bytes[line.position - 1] == ':';
            isStore = false;
            if (isEvent) {
                int after = line.position;
                int end = line.end;
                line.position = name;
                line.end = after;
                isStore = line.holds("store");
                line.end = end;
                line.position = after;
            } else {
                line.position = from;
            }
            return true;
        }

        private boolean readAddress(TextLine line) {
            line.skipBlanks();
            int from = line.position;
            if (!line.skipHex() || !line.atEnd() && !isBlank(line)) {
                return false;
            }
            line.position = from;
            va = line.hex();
            isStore |= line.holds("|OP STORE");
            int after = line.position;
            line.skipBlanks();
            isDataSource = line.skip("|OP ");
            line.position = after;
            return true;
        }

        /**
         * Says whether the word that was taken for an address is where the code was: without the field {@code addr}, a function or its
         * file comes right after it. With that field, the place in the code comes still.
         */
        private static boolean isCode(TextLine line) {
            line.skipBlanks();
            if (line.atEnd() || line.holds("|OP ") || isNumber(line)) {
                return false;
            }
            for (; !line.atEnd(); line.skipBlanks()) {
                int from = line.position;
                if (line.skipHex() && line.position - from >= LEAST_DIGITS_OF_CODE && isBlank(line)) {
                    return false;
                }
                line.skipWord();
            }
            return true;
        }

        /** Says whether a number stands here, as a weight or a physical address does, without moving. */
        private static boolean isNumber(TextLine line) {
            int from = line.position;
            boolean isNumber = line.skipHex() && (line.atEnd() || isBlank(line)) && line.bytes[from] <= '9';
            line.position = from;
            return isNumber;
        }

        private static boolean isBlank(TextLine line) {
            return line.peek() == ' ' || line.peek() == '\t';
        }
    }
}
