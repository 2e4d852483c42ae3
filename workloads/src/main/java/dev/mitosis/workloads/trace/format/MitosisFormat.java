package dev.mitosis.workloads.trace.format;

import dev.mitosis.workloads.trace.TraceFileReader;
import dev.mitosis.workloads.trace.TraceFileWriter;
import dev.mitosis.workloads.trace.TraceSink;
import dev.mitosis.workloads.trace.TraceWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Our own format: {@code docs/trace-format.md}. */
final class MitosisFormat implements TraceFormat {
    private static final byte[] MAGIC = "MITOSIS".getBytes(StandardCharsets.US_ASCII);

    @Override
    public String name() {
        return "mitosis";
    }

    @Override
    public String description() {
        return "what ./mitosis record writes";
    }

    @Override
    public boolean recognises(byte[] head, int length) {
        return length >= MAGIC.length && Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    @Override
    public List<String> read(TraceInput input, TraceSink sink) throws IOException {
        boolean isWhole = new TraceFileReader(input.file()).replay(input, sink);
        return isWhole ? List.of() : List.of("the trace was cut short: what is there was read");
    }

    @Override
    public Optional<TraceWriter> writer(Path file) throws IOException {
        return Optional.of(new TraceFileWriter(file));
    }
}
