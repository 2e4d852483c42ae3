package dev.mitosis.workloads.trace;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A program of its own that reads a trace for two sinks and prints the accesses that each has seen. */
final class CountingReader extends ForwardingSink {
    private long accesses;

    private CountingReader() {
        super(new DiscardingSink());
    }

    public static void main(String[] args) throws IOException {
        CountingReader one = new CountingReader();
        CountingReader other = new CountingReader();
        try (SharedReading reading = new SharedReading(Path.of(args[0]), List.of(one, other))) {
            reading.work();
        }
        System.out.println(one.accesses + " " + other.accesses);
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        accesses += batch.rawAccesses();
    }
}
