package dev.mitosis.workloads.trace.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.workloads.trace.TraceException;
import dev.mitosis.workloads.trace.TraceWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** What every trace format promises. */
class TraceFormatContractTest {
    @TempDir
    private Path folder = Path.of(".");

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("trace"), bytes);
    }

    private static MappedAccesses read(TraceFormat format, Path file) throws IOException {
        MappedAccesses seen = new MappedAccesses();
        try (TraceInput input = TraceInput.open(file)) {
            format.read(input, seen);
        }
        return seen;
    }

    private static MappedAccesses detectAndRead(Path file) throws IOException {
        MappedAccesses seen = new MappedAccesses();
        try (TraceInput input = TraceInput.open(file)) {
            TraceFormatRegistry.detect(input).read(input, seen);
        }
        return seen;
    }

    private static TraceFormat find(String name) {
        return TraceFormatRegistry.find(name);
    }

    @ParameterizedTest
    @MethodSource("dev.mitosis.workloads.trace.format.Samples#formats")
    void aSampleIsRecognisedByItsContentAlone(String name) throws IOException {
        byte[] sample = Samples.of(name).bytes();
        for (TraceFormat format : TraceFormatRegistry.formats()) {
            assertEquals(format.name().equals(name), format.recognises(sample, sample.length), format.name());
        }
        try (TraceInput input = TraceInput.open(file(sample))) {
            assertEquals(name, TraceFormatRegistry.detect(input).name());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.mitosis.workloads.trace.format.Samples#formats")
    void everyAccessIsReadAndMappedBefore(String name) throws IOException {
        Samples.Sample sample = Samples.of(name);
        MappedAccesses seen = read(find(name), file(sample.bytes()));
        assertEquals(sample.accesses(), seen.accesses());
        assertEquals(sample.instructions(), seen.instructions);
        assertTrue(seen.hasEnded && seen.isWhole);
    }

    @ParameterizedTest
    @MethodSource("dev.mitosis.workloads.trace.format.Samples#formats")
    void aCompressedTraceSaysTheSame(String name) throws IOException {
        Samples.Sample sample = Samples.of(name);
        for (byte[] compressed : List.of(gzip(sample.bytes()), xz(sample.bytes()))) {
            assertEquals(sample.accesses(), detectAndRead(file(compressed)).accesses());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.mitosis.workloads.trace.format.Samples#formats")
    void aTraceCutAnywhereIsRefusedUnlessItEndsWithARecord(String name) throws IOException {
        Samples.Sample sample = Samples.of(name);
        byte[] whole = sample.bytes();
        for (int length = 0; length < whole.length; length++) {
            Path cut = file(Arrays.copyOf(whole, length));
            boolean endsWithARecord = length > 0
                    && switch (name) {
                        case "mitosis" -> length >= 8; // what is there is read, and the end says that it is not all
                        case "champsim" -> length % ChampSimRecord.STANDARD.bytes == 0;
                        case "cloudsuite" -> length % ChampSimRecord.CLOUDSUITE.bytes == 0;
                        default -> whole[length - 1] == '\n';
                    };
            if (endsWithARecord) {
                List<String> seen = read(find(name), cut).accesses();
                assertTrue(sample.accesses().containsAll(seen), seen.toString());
            } else {
                TraceException refused = assertThrows(TraceException.class, () -> read(find(name), cut));
                assertNamesThePlace(cut, refused);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.mitosis.workloads.trace.format.Samples#formats")
    void aCompressedTraceCutAnywhereIsRefused(String name) throws IOException {
        byte[] sample = Samples.of(name).bytes();
        for (byte[] compressed : List.of(gzip(sample), xz(sample))) {
            for (int length = 0; length < compressed.length; length++) {
                Path cut = file(Arrays.copyOf(compressed, length));
                TraceException refused = assertThrows(TraceException.class, () -> read(find(name), cut));
                assertNamesThePlace(cut, refused);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.mitosis.workloads.trace.format.Samples#formats")
    void damageIsRefusedOrReadAsMappedAccesses(String name) throws IOException {
        byte[] sample = Samples.of(name).bytes();
        long seed = 11;
        Random random = new Random(seed);
        int refused = 0;
        for (byte[] whole : List.of(sample, gzip(sample), xz(sample))) {
            for (int i = 0; i < 400; i++) {
                byte[] damaged = whole.clone();
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                }
                Path file = file(damaged);
                try {
                    assertTrue(read(find(name), file).hasEnded);
                    detectAndRead(file);
                } catch (TraceException e) {
                    assertNamesThePlace(file, e);
                    refused++;
                }
            }
        }
        assertTrue(refused > 400, "seed " + seed + ": only " + refused + " of 1200 were refused");
    }

    @ParameterizedTest
    @MethodSource("dev.mitosis.workloads.trace.format.Samples#formats")
    void whatIsWrittenIsRead(String name) throws IOException {
        Samples.Sample sample = Samples.of("mitosis");
        Path made = folder.resolve("made");
        try (TraceInput input = TraceInput.open(file(sample.bytes()))) {
            Optional<TraceWriter> writer = find(name).writer(made);
            if (writer.isEmpty()) {
                assertFalse(Files.exists(made));
                return;
            }
            try (TraceWriter to = writer.get()) {
                find("mitosis").read(input, to);
                to.commit();
            }
        }
        assertEquals(sample.accesses(), detectAndRead(made).accesses());
    }

    @ParameterizedTest
    @MethodSource("dev.mitosis.workloads.trace.format.Samples#formats")
    void whatIsNotCommittedLeavesNothingBehind(String name) throws IOException {
        Optional<TraceWriter> writer = find(name).writer(folder.resolve("half"));
        if (writer.isPresent()) {
            writer.get().processStarted(0, -1, false, "program");
            writer.get().close();
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    private static void assertNamesThePlace(Path file, TraceException refused) {
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.startsWith(file + ": byte ") || message.startsWith(file + ": line "), message);
        assertEquals(1, message.lines().count(), message);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(made)) {
            out.write(bytes);
        }
        return made.toByteArray();
    }

    private static byte[] xz(byte[] bytes) throws IOException {
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        try (OutputStream out = new XZOutputStream(made, new LZMA2Options(0))) {
            out.write(bytes);
        }
        return made.toByteArray();
    }
}
