package dev.mitosis.workloads.trace.format;

import dev.mitosis.workloads.trace.TraceException;
import dev.mitosis.workloads.trace.TraceSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * ChampSim's traces: a record of 64 bytes for each instruction, and nothing else.
 *
 * <pre>
 *   0 ip (8) | 8 is_branch (1) | 9 branch_taken (1) | 10 destination registers (2) | 12 source registers (4)
 *   16 destination memory (2 x 8: stores) | 32 source memory (4 x 8: loads)      little-endian; an address of 0 is none
 * </pre>
 *
 * <p>Sizes of accesses are not known: each is of one byte. Loads come before stores. It knows one thread.
 *
 * <p>Errors: a file can be told to be damaged only by its flags, which are 0 or 1, and by a length that is no multiple of 64.
 *
 * <p>Source: ChampSim {@code inc/trace_instruction.h:input_instr}.
 */
final class ChampSimFormat implements TraceFormat {
    static final int RECORD_BYTES = 64;

    private static final int IS_BRANCH = 8;
    private static final int TAKEN = 9;
    private static final int STORES = 16;
    private static final int LOADS = 32;
    private static final int BUFFER_BYTES = 1024 * RECORD_BYTES;

    @Override
    public String name() {
        return "champsim";
    }

    @Override
    public String description() {
        return "ChampSim's input_instr records of 64 bytes, plain, .gz or .xz";
    }

    @Override
    public boolean recognises(byte[] head, int length) {
        ByteBuffer words = ByteBuffer.wrap(head, 0, length).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at + RECORD_BYTES <= length; at += RECORD_BYTES) {
            long ip = words.getLong(at);
            // Code is at an address that the processor takes: its upper bits are all alike.
            if (ip == 0 || ip >> 48 != 0 && ip >> 48 != -1 || !hasFlags(head, at)) {
                return false;
            }
        }
        return length >= RECORD_BYTES;
    }

    private static boolean hasFlags(byte[] bytes, int at) {
        return (bytes[at + IS_BRANCH] & ~1) == 0 && (bytes[at + TAKEN] & ~1) == 0;
    }

    @Override
    public List<String> read(TraceInput input, TraceSink sink) throws IOException {
        TouchedProgram program = new TouchedProgram(sink, input.file().toString());
        byte[] buffer = new byte[BUFFER_BYTES];
        ByteBuffer words = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
        long position = 0;
        int length;
        while ((length = input.readNBytes(buffer, 0, BUFFER_BYTES)) > 0) {
            for (int at = 0; at + RECORD_BYTES <= length; at += RECORD_BYTES) {
                if (!hasFlags(buffer, at)) {
                    throw new TraceException(
                            input.file(), position + at, "no instruction begins here: a flag is neither 0 nor 1");
                }
                record(program, words, at);
            }
            position += length;
        }
        if (position % RECORD_BYTES != 0) {
            throw new TraceException(
                    input.file(),
                    position,
                    "the last record has " + position % RECORD_BYTES + " bytes of " + RECORD_BYTES
                            + ": the trace is cut short");
        }
        return program.end();
    }

    private static void record(TouchedProgram program, ByteBuffer words, int at) {
        TouchedProgram.TracedThread thread = program.thread(0, 0);
        program.instruction(thread);
        for (int from = at + LOADS; from < at + RECORD_BYTES; from += Long.BYTES) {
            long va = words.getLong(from);
            if (va != 0) {
                program.access(thread, va, 1, false);
            }
        }
        for (int to = at + STORES; to < at + LOADS; to += Long.BYTES) {
            long va = words.getLong(to);
            if (va != 0) {
                program.access(thread, va, 1, true);
            }
        }
    }
}
