package dev.mitosis.workloads.trace.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.workloads.trace.TraceException;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFormatRegistryTest {
    @TempDir
    private Path folder = Path.of(".");

    @Test
    void everyFormatOfThePackageHasItsLine() throws Exception {
        Path classes = Path.of(TraceFormat.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolve(TraceFormat.class.getPackageName().replace('.', '/'));
        Set<String> registered = TraceFormatRegistry.formats().stream()
                .map(format -> format.getClass().getName())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(formatsIn(classes), registered);
    }

    private static Set<String> formatsIn(Path classes) throws IOException {
        try (Stream<Path> files = Files.list(classes)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.equals("package-info.class"))
                    .map(name -> TraceFormat.class.getPackageName() + "." + name.substring(0, name.length() - 6))
                    .filter(TraceFormatRegistryTest::isFormat)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static boolean isFormat(String name) {
        try {
            Class<?> type = Class.forName(name);
            return TraceFormat.class.isAssignableFrom(type) && !Modifier.isAbstract(type.getModifiers());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void namesAreDistinct() {
        assertEquals(
                TraceFormatRegistry.formats().size(),
                Samples.formats().distinct().count());
    }

    @Test
    void anUnknownNameIsAnsweredWithThoseThatThereAre() {
        IllegalArgumentException unknown =
                assertThrows(IllegalArgumentException.class, () -> TraceFormatRegistry.find("lacky"));
        assertTrue(String.valueOf(unknown.getMessage()).contains("mitosis, lackey"), unknown.getMessage());
    }

    @Test
    void aNameHelpsWhereTheContentSaysNothing() throws IOException {
        // An instruction pointer of zero is no sign of a trace of ChampSim, and yet may be in one.
        byte[] record = Samples.record(0, 0, 0, new long[2], new long[] {0x10000, 0, 0, 0});
        try (TraceInput input = TraceInput.open(Files.write(folder.resolve("mcf.CHAMPSIMTRACE"), record))) {
            assertEquals("champsim", TraceFormatRegistry.detect(input).name());
        }
    }

    @Test
    void whatIsNoTraceIsRefusedWithTheFormatsThatThereAre() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.txt"), "Dear diary,\n");
        try (TraceInput input = TraceInput.open(file)) {
            TraceException refused = assertThrows(TraceException.class, () -> TraceFormatRegistry.detect(input));
            assertTrue(String.valueOf(refused.getMessage()).contains("lackey"), refused.getMessage());
        }
    }

    @Test
    void anEmptyFileAndAFolderAreRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("empty"), "");
        assertThrows(TraceException.class, () -> TraceInput.open(file));
        IOException refused = assertThrows(IOException.class, () -> TraceInput.open(folder));
        assertTrue(String.valueOf(refused.getMessage()).contains("is a directory"), refused.getMessage());
    }
}
