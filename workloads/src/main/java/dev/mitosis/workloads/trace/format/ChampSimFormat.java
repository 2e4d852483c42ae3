package dev.mitosis.workloads.trace.format;

import dev.mitosis.workloads.trace.TraceException;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * ChampSim's traces: a {@link ChampSimRecord} for each instruction, and nothing else.
 *
 * <p>Sizes of accesses are not known: each is of one byte. Loads come before stores. It knows one thread.
 *
 * <p>Errors: a file can be told to be damaged only by its flags, which are 0 or 1, by addresses that no processor takes, and by a length
 * that is no multiple of a record. One that reads as records of the other layout only is refused.
 */
final class ChampSimFormat implements TraceFormat {
    private static final int BUFFERED_RECORDS = 1024;
    /** One or two records of one layout may be made of those of the other, which are zeros for the most part. */
    private static final int TELLING_RECORDS = 3;

    private final ChampSimRecord layout;

    ChampSimFormat(ChampSimRecord layout) {
        this.layout = layout;
    }

    @Override
    public String name() {
        return nameOf(layout);
    }

    private static String nameOf(ChampSimRecord layout) {
        return layout == ChampSimRecord.STANDARD ? "champsim" : "cloudsuite";
    }

    @Override
    public String description() {
        return layout == ChampSimRecord.STANDARD
                ? "ChampSim's input_instr records of 64 bytes, plain, .gz or .xz"
                : "ChampSim's cloudsuite_instr records of 96 bytes, plain, .gz or .xz";
    }

    @Override
    public boolean recognises(byte[] head, int length) {
        ByteBuffer words = ByteBuffer.wrap(head, 0, length).order(ByteOrder.LITTLE_ENDIAN);
        return layout.fitting(words, length) > 0 && other().fitting(words, length) < TELLING_RECORDS;
    }

    private ChampSimRecord other() {
        return layout == ChampSimRecord.STANDARD ? ChampSimRecord.CLOUDSUITE : ChampSimRecord.STANDARD;
    }

    @Override
    public List<String> read(TraceInput input, TraceSink sink) throws IOException {
        byte[] head = input.head();
        ByteBuffer first = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        if (layout.fitting(first, head.length) == 0 && other().fitting(first, head.length) >= TELLING_RECORDS) {
            throw new TraceException(
                    input.file(),
                    0,
                    "these are records of " + other().bytes + " bytes, not of " + layout.bytes + "; --from "
                            + nameOf(other()) + " reads them");
        }
        TouchedProgram program = new TouchedProgram(sink, input.file().toString());
        byte[] buffer = new byte[BUFFERED_RECORDS * layout.bytes];
        ByteBuffer words = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
        long position = 0;
        int length;
        while ((length = input.readNBytes(buffer, 0, buffer.length)) > 0) {
            for (int at = 0; at + layout.bytes <= length; at += layout.bytes) {
                String whyNot = layout.whyNot(words, at);
                if (!whyNot.isEmpty()) {
                    throw new TraceException(input.file(), position + at, "no instruction begins here: " + whyNot);
                }
                try {
                    record(program, words, at);
                } catch (MalformedRecord e) {
                    throw new TraceException(input.file(), position + at, e.what());
                }
            }
            position += length;
        }
        if (position % layout.bytes != 0) {
            throw new TraceException(
                    input.file(),
                    position,
                    "the last record has " + position % layout.bytes + " bytes of " + layout.bytes
                            + ": the trace is cut short");
        }
        return program.end();
    }

    private void record(TouchedProgram program, ByteBuffer words, int at) {
        TouchedProgram.TracedThread thread = program.thread(0, 0);
        program.instruction(thread);
        for (int from = at + layout.loads; from < at + layout.endOfLoads; from += Long.BYTES) {
            long va = words.getLong(from);
            if (va != 0) {
                program.access(thread, va, 1, false);
            }
        }
        for (int to = at + layout.stores; to < at + layout.loads; to += Long.BYTES) {
            long va = words.getLong(to);
            if (va != 0) {
                program.access(thread, va, 1, true);
            }
        }
    }
}
