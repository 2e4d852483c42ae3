package dev.mitosis.workloads.trace.format;

import dev.mitosis.workloads.trace.DiscardingSink;
import dev.mitosis.workloads.trace.TraceException;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.util.List;

/**
 * A format of lines of text: a subclass says what a line is, and the rest is here.
 *
 * <p>A file is in the format when its first record is; what may stand before that, a subclass knows too. A last line without an end
 * is a trace that was cut short.
 */
abstract class TextFormat implements TraceFormat {
    /** The longest line: names of functions in C++ have been seen with some thousand bytes. */
    static final int MAX_LINE_BYTES = 64 << 10;

    private static final int BUFFER_BYTES = 2 * MAX_LINE_BYTES;

    /** Takes the lines of one file, one after the other; what it has to remember between them lives in it. */
    interface LineReader {
        /** One line; {@link MalformedRecord} when it cannot be one of this format. */
        void line(TextLine line);

        /** There are no more lines. */
        default void end() {}
    }

    /** A reader for one file, whose accesses go to {@code program}. */
    abstract LineReader reader(TouchedProgram program);

    @Override
    public final boolean recognises(byte[] head, int length) {
        TouchedProgram program = new TouchedProgram(new DiscardingSink(), "");
        LineReader reader = reader(program);
        TextLine line = new TextLine();
        int from = 0;
        try {
            while (!program.hasRecords()) {
                int end = endOfLine(head, from, length);
                if (end < 0) {
                    return false;
                }
                line.set(head, from, end);
                reader.line(line);
                from = end + 1;
            }
            return true;
        } catch (MalformedRecord other) {
            return false;
        }
    }

    @Override
    public final List<String> read(TraceInput input, TraceSink sink) throws IOException {
        TouchedProgram program = new TouchedProgram(sink, input.file().toString());
        LineReader reader = reader(program);
        TextLine line = new TextLine();
        byte[] buffer = new byte[BUFFER_BYTES];
        int filled = 0;
        long number = 1;
        try {
            while (true) {
                int got = input.read(buffer, filled, buffer.length - filled);
                if (got < 0) {
                    break;
                }
                int scanned = filled;
                filled += got;
                int from = 0;
                for (int end = endOfLine(buffer, scanned, filled); end >= 0; end = endOfLine(buffer, from, filled)) {
                    line.set(buffer, from, end);
                    reader.line(line);
                    number++;
                    from = end + 1;
                }
                if (filled - from > MAX_LINE_BYTES) {
                    throw new MalformedRecord("a line of more than " + MAX_LINE_BYTES + " bytes");
                }
                System.arraycopy(buffer, from, buffer, 0, filled - from);
                filled -= from;
            }
            if (filled > 0) {
                throw new MalformedRecord("the line has no end: the trace is cut short");
            }
            reader.end();
        } catch (MalformedRecord e) {
            throw TraceException.atLine(input.file(), number, e.what());
        }
        return program.end();
    }

    private static int endOfLine(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            if (bytes[at] == '\n') {
                return at;
            }
        }
        return -1;
    }
}
