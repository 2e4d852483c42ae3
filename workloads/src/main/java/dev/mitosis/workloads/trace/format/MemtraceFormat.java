package dev.mitosis.workloads.trace.format;

import dev.mitosis.workloads.trace.TraceWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The log of DynamoRIO's sample client {@code memtrace_simple}: a file for each thread.
 *
 * <p>Shape: {@code 0x00007fff2d8dd2a8:  8, w}: an address, a size, and {@code r}, {@code w} or the name of the instruction that
 * is there. Before them stands a line that begins with {@code Format:}.
 *
 * <p>Source: DynamoRIO {@code api/samples/memtrace_simple.c}.
 */
final class MemtraceFormat extends TextFormat {
    @Override
    public String name() {
        return "memtrace";
    }

    @Override
    public String description() {
        return "DynamoRIO's sample client memtrace_simple";
    }

    @Override
    public Optional<TraceWriter> writer(Path file) throws IOException {
        return Optional.of(new TextTraceWriter(
                file,
                "Format: <data address>: <data size>, <(r)ead/(w)rite/opcode>\n",
                false,
                (to, process, thread, va, isStore) ->
                        to.put("0x").putHex(va, 16).put(isStore ? ":  1, w\n" : ":  1, r\n")));
    }

    @Override
    LineReader reader(TouchedProgram program) {
        return line -> {
            if (line.skip("Format:")) {
                return;
            }
            line.expect("0x");
            long va = line.hex();
            line.expect(":");
            line.skipBlanks();
            long sizeBytes = line.decimal();
            line.expect(", ");
            int from = line.position;
            int kind = line.peek();
            line.skipWord();
            boolean isLetter = line.position - from == 1;
            if (line.position == from || !line.atEnd()) {
                throw line.malformed();
            }
            TouchedProgram.TracedThread thread = program.thread(0, 0);
            if (isLetter && (kind == 'r' || kind == 'w')) {
                program.access(thread, va, sizeBytes, kind == 'w');
            } else {
                program.instruction(thread);
            }
        };
    }
}
