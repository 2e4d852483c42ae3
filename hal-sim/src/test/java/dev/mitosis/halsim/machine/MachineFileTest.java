package dev.mitosis.halsim.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import dev.mitosis.hal.Topology;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A machine file is data: it reads nothing but its own kind, and what it says is in the range of machines. */
class MachineFileTest {
    private static final String GOOD = "include \"2s-cascade-lake.conf\"\n";

    @TempDir
    private Path folder = Path.of(".");

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private String refusal(String text) throws IOException {
        String path = file("m.conf", text).toString();
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> MachineProfile.load(path))
                .getMessage());
        assertEquals(1, message.lines().count(), message);
        return message.replace(folder + "/", "");
    }

    @Test
    void theProductsMachinesAndFilesBesideAreIncluded() throws IOException {
        file("base.conf", GOOD);
        Path made = file("m.conf", "include \"base.conf\"\nfrequencyMhz { value = 1234, source = test }\n");
        assertEquals(1234, MachineProfile.load(made.toString()).frequencyMhz());
        Path calibrated = file("c.conf", "include classpath(\"dev/mitosis/machines/2s-epyc-milan-nps4.conf\")\n");
        assertEquals(4, MachineProfile.load(calibrated.toString()).nodesPerSocket());
        Path named = file("f.conf", "include file(\"base.conf\")\n");
        assertEquals(2100, MachineProfile.load(named.toString()).frequencyMhz());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "file(\"/etc/passwd\"),/etc/passwd",
                "\"/etc/passwd\",/etc/passwd",
                "\"../other.conf\",../other.conf",
                "required(file(\"/etc/passwd\")),/etc/passwd",
                "url(\"http://127.0.0.1:1/evil\"),http://127.0.0.1:1/evil",
                "url(\"file:/etc/passwd\"),file:/etc/passwd",
                "\"http://127.0.0.1:1/evil\",http://127.0.0.1:1/evil",
                "classpath(\"reference.conf\"),reference.conf",
            })
    void nothingElseIsIncluded(String include, String what) throws IOException {
        assertEquals(
                "machine m.conf: may include only a machine of the product or a file beside it, not '" + what + "'",
                refusal(GOOD + "include " + include + "\n"));
    }

    @Test
    void whatIsNotThereIsNotPassedOver() throws IOException {
        assertEquals(
                "machine 'vax.conf' is no machine of the product (included by m.conf)",
                refusal("include \"vax.conf\"\n"));
        assertEquals("machine m.conf includes itself (included by m.conf)", refusal("include \"m.conf\"\n"));
    }

    @Test
    void whatWouldNotEndIsRefused() throws IOException {
        assertEquals("machine m.conf: braces are nested deeper than 32", refusal("{a:".repeat(40_000)));
        assertEquals("machine m.conf: larger than 1048576 bytes", refusal("#".repeat(2 << 20)));
        Files.delete(folder.resolve("m.conf"));
        Files.createDirectory(folder.resolve("m.conf"));
        assertThrows(
                IllegalArgumentException.class,
                () -> MachineProfile.load(folder.resolve("m.conf").toString()));
        assertThrows(IllegalArgumentException.class, () -> MachineProfile.load("/dev/zero.conf"));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "sockets,1000000,1,64",
                "sockets,0,1,64",
                "coresPerSocket,-1,1,2048",
                "frequencyMhz,0,1,100000",
                "memoryPerSocketGib,1e300,1,1048576",
                "cache.last.cores,0,1,4096",
                "cache.l1.ways,0,1,1024",
                "tlb.second.ways,0,1,65536",
                "memory.localCycles,0,1,1000000",
                "memory.contentionFactor,0.5,1,1000",
                "distance.local,255,1,254",
                "kernel.flushCycles,1.5,0,1000000",
            })
    void aNumberOutOfRangeIsRefusedWithItsLine(String key, String value, int least, int most) throws IOException {
        String refusal = refusal(GOOD + key + " { value = " + value + ", source = test }\n");
        assertTrue(
                refusal.startsWith("machine m: m.conf: 2: " + key + " is ")
                        && refusal.endsWith(", and may be from " + least + " to " + most),
                refusal);
    }

    @Test
    void cachesWithoutWholeSetsAndTooManyOfThemAreRefused() throws IOException {
        assertTrue(
                refusal(GOOD + "tlb.second.ways { value = 7, source = test }\n").contains("no power of two of sets"));
        assertTrue(
                refusal(GOOD + "cache.l2.ways { value = 15, source = test }\n").contains("cache.l2 of"));
        assertTrue(refusal(GOOD + "cache.last.ways { value = 12, source = test }\n")
                .contains("cache.last of"));
        assertTrue(refusal(GOOD
                        + "cache.last { sizeKib { value = 15728640, source = test }\n"
                        + "ways { value = 16, source = test }, cores { value = 1, source = test } }\n")
                .endsWith("its caches together are larger than 16 GiB, which are not simulated"));
    }

    /** The program is in jars, where an included machine has no path beside it. */
    @Test
    void everyMachineLoadsFromAJar() throws Exception {
        List<URL> jars = new ArrayList<>();
        for (Class<?> part : List.of(MachineProfile.class, Topology.class, Config.class, NullMarked.class)) {
            Path found = Path.of(
                    part.getProtectionDomain().getCodeSource().getLocation().toURI());
            jars.add((Files.isDirectory(found) ? jar(found) : found).toUri().toURL());
        }
        try (URLClassLoader packaged =
                new URLClassLoader(jars.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            Class<?> profile = packaged.loadClass(MachineProfile.class.getName());
            assertTrue(
                    String.valueOf(profile.getResource("MachineProfile.class")).startsWith("jar:"));
            for (String name : MachineProfile.names()) {
                Object loaded = profile.getMethod("load", String.class).invoke(null, name);
                assertEquals(
                        MachineProfile.load(name).nodes(),
                        profile.getMethod("nodes").invoke(loaded),
                        name);
            }
        }
    }

    private Path jar(Path classes) throws IOException {
        Path made = Files.createTempFile(folder, "packaged", ".jar");
        try (OutputStream out = Files.newOutputStream(made);
                JarOutputStream jar = new JarOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                jar.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
                Files.copy(file, jar);
            }
        }
        return made;
    }

    @Test
    void aFileOfOtherBytesIsRefused() throws IOException {
        Files.write(folder.resolve("m.conf"), new byte[] {(byte) 0xff, 0, (byte) 0xfe, '{'});
        String path = folder.resolve("m.conf").toString();
        assertThrows(IllegalArgumentException.class, () -> MachineProfile.load(path));
        assertTrue(refusal("a = \u0000" + new String(new byte[] {(byte) 0xc3}, StandardCharsets.ISO_8859_1))
                .startsWith("machine "));
    }
}
