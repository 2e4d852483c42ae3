package dev.mitosis.workloads.trace.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mitosis.workloads.trace.TraceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChampSimFormatTest {
    private static final byte[] LOAD = Samples.record(0x400000, 0, 0, new long[2], new long[] {0x10000, 0, 0, 0});

    @TempDir
    private Path folder = Path.of(".");

    private MappedAccesses read(byte[]... records) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] record : records) {
            bytes.write(record);
        }
        MappedAccesses seen = new MappedAccesses();
        try (TraceInput input = TraceInput.open(Files.write(folder.resolve("t.champsim"), bytes.toByteArray()))) {
            TraceFormatRegistry.find("champsim").read(input, seen);
        }
        return seen;
    }

    private String refusal(byte[]... records) {
        TraceException refused = assertThrows(TraceException.class, () -> read(records));
        return String.valueOf(refused.getMessage()).replace(folder + "/", "");
    }

    @Test
    void aFlagThatIsNeitherZeroNorOneIsRefusedWithItsByte() {
        byte[] damaged = Samples.record(0x400000, 0, 2, new long[2], new long[4]);
        assertEquals(
                "t.champsim: byte 128: no instruction begins here: a flag is neither 0 nor 1",
                refusal(LOAD, LOAD, damaged));
    }

    @Test
    void aRecordThatIsCutIsRefusedWithTheEnd() {
        assertEquals(
                "t.champsim: byte 81: the last record has 17 bytes of 64: the trace is cut short",
                refusal(LOAD, Arrays.copyOf(LOAD, 17)));
    }

    @Test
    void anAddressThatNoProcessorTakesIsRefusedWithItsByte() {
        byte[] damaged = Samples.record(0x400000, 0, 0, new long[2], new long[] {0, 0, 1L << 52, 0});
        assertEquals(
                "t.champsim: byte 64: no instruction begins here: no memory has the address 10000000000000",
                refusal(LOAD, damaged));
    }

    @Test
    void recordsOfTheOtherLayoutAreNotReadAsThisOne() throws IOException {
        assertEquals(
                "t.champsim: byte 0: these are records of 96 bytes, not of 64; --from cloudsuite reads them",
                refusal(Samples.of("cloudsuite").bytes()));
    }

    @Test
    void recordsBeyondOneBufferAreRead() throws IOException {
        byte[][] records = new byte[5000][];
        Arrays.fill(records, LOAD);
        MappedAccesses seen = read(records);
        assertEquals(5000, seen.accesses().size());
        assertEquals(5000, seen.instructions);
    }
}
