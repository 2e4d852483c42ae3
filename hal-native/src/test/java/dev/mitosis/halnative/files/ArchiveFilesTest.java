package dev.mitosis.halnative.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveFilesTest {
    @TempDir
    private Path folder = Path.of(".");

    private Path archive(String... names) throws IOException {
        Path file = folder.resolve("machine.tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file));
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            for (String name : names) {
                byte[] text = (name + "\n").getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(name, true);
                entry.setSize(text.length);
                tar.putArchiveEntry(entry);
                tar.write(text);
                tar.closeArchiveEntry();
            }
            tar.putArchiveEntry(new TarArchiveEntry("box/sys/link", TarConstants.LF_SYMLINK));
            tar.closeArchiveEntry();
        }
        return file;
    }

    private String refusal(Path file) {
        return String.valueOf(
                assertThrows(IOException.class, () -> ArchiveFiles.read(file)).getMessage());
    }

    @Test
    void filesAreFoundBelowTheOneFolder() throws IOException {
        ArchiveFiles files = ArchiveFiles.read(archive("box/sys/a/b", "box/sys/a/c", "box/proc/d", "box/other/e"));
        assertEquals(Optional.of("box/sys/a/b"), files.read("/sys/a/b"));
        assertEquals(2, files.list("/sys/a").size());
        assertTrue(files.exists("/proc"));
        assertFalse(files.exists("/other"));
        assertFalse(files.exists("/sys/link"));
        assertTrue(files.write("/sys/a/b", "1").isPresent());
    }

    @Test
    void pathsThatLeadOutsideAreRefused() throws IOException {
        String refused = refusal(archive("box/sys/../../etc/passwd"));
        assertTrue(refused.contains("leads outside"), refused);
    }

    @Test
    void aTruncatedArchiveIsRefused() throws IOException {
        Path whole = archive("box/sys/a");
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = folder.resolve("cut.tar.gz");
        Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
        String refused = refusal(cut);
        assertTrue(refused.startsWith(cut + ": not a captured machine"), refused);
    }

    @Test
    void whatIsNoMachineIsRefused() throws IOException {
        String refused = refusal(archive("box/readme"));
        assertTrue(refused.endsWith("neither a sys nor a proc folder"), refused);
    }

    private Path bomb(int entries, long bytesOfEach) throws IOException {
        Path bomb = folder.resolve("bomb.tar.gz");
        byte[] zeros = new byte[1 << 20];
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(bomb));
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            for (int i = 0; i < entries; i++) {
                TarArchiveEntry entry = new TarArchiveEntry("box/sys/zeros" + i);
                entry.setSize(bytesOfEach);
                tar.putArchiveEntry(entry);
                for (long written = 0; written < bytesOfEach; written += zeros.length) {
                    tar.write(zeros);
                }
                tar.closeArchiveEntry();
            }
        }
        return bomb;
    }

    @Test
    void aFileFarLargerThanAnyOfAKernelIsRefused() throws IOException {
        String refused = refusal(bomb(1, 65L << 20));
        assertTrue(refused.endsWith("the entry box/sys/zeros0 is of 68157440 bytes"), refused);
    }

    @Test
    void filesThatTogetherAreTooMuchAreRefused() throws IOException {
        String refused = refusal(bomb(130, 1L << 20));
        assertTrue(refused.endsWith("more than 134217728 bytes of files"), refused);
    }

    @Test
    void anArchiveThatUnpacksToFarMoreThanItIsIsRefused() throws IOException {
        String refused = refusal(bomb(33, 32L << 20)); // 1056 MiB
        assertTrue(refused.endsWith("it unpacks to more than 1073741824 bytes"), refused);
    }

    /** An archive of one good file and one entry that is to be refused; {@code null} leaves that out. */
    private Path plain(@Nullable TarArchiveEntry bad) throws IOException {
        Path file = folder.resolve("plain.tar");
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(file))) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            TarArchiveEntry good = new TarArchiveEntry("box/sys/devices/system/cpu/online");
            good.setSize(4);
            tar.putArchiveEntry(good);
            tar.write("0-3\n".getBytes(StandardCharsets.UTF_8));
            tar.closeArchiveEntry();
            if (bad != null) {
                tar.putArchiveEntry(bad);
                tar.closeArchiveEntry();
            }
        }
        return file;
    }

    private static TarArchiveEntry link(byte kind, String name, String target) {
        TarArchiveEntry entry = new TarArchiveEntry(name, kind);
        entry.setLinkName(target);
        return entry;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../../../etc/passwd", "a/../../../../x"})
    void aLinkThatLeadsOutsideIsRefused(String target) throws IOException {
        String refused = refusal(plain(link(TarConstants.LF_SYMLINK, "box/sys/a", target)));
        assertTrue(refused.endsWith("the link box/sys/a leads outside, to " + target), refused);
    }

    @Test
    void aLinkInsideIsANameThatIsNotFollowed() throws IOException {
        ArchiveFiles files =
                ArchiveFiles.read(plain(link(TarConstants.LF_SYMLINK, "box/sys/devices/node0", "system/cpu/online")));
        assertTrue(files.list("/sys/devices").contains("node0"));
        assertEquals(Optional.empty(), files.read("/sys/devices/node0"));
    }

    @Test
    void hardLinksPipesAndDevicesAreRefused() throws IOException {
        String refused = refusal(plain(link(TarConstants.LF_LINK, "box/sys/a", "box/sys/devices/system/cpu/online")));
        assertTrue(refused.endsWith("the entry box/sys/a is a hard link"), refused);
        for (byte kind : new byte[] {TarConstants.LF_FIFO, TarConstants.LF_CHR, TarConstants.LF_BLK}) {
            refused = refusal(plain(new TarArchiveEntry("box/sys/a", kind)));
            assertTrue(refused.endsWith("the entry box/sys/a is neither a file nor a folder"), refused);
        }
    }

    @Test
    void pathsThatAreTooLongOrTooDeepAreRefused() throws IOException {
        String refused = refusal(plain(new TarArchiveEntry("box/sys/" + "x".repeat(5000))));
        assertTrue(refused.endsWith("a path of 5008 characters"), refused);
        refused = refusal(plain(new TarArchiveEntry("box/sys" + "/d".repeat(100))));
        assertTrue(refused.endsWith("a path 102 folders deep"), refused);
    }

    @Test
    void aPlainTarCutAnywhereIsRefused() throws IOException {
        Path whole = plain(null);
        assertEquals(Optional.of("0-3"), ArchiveFiles.read(whole).read("/sys/devices/system/cpu/online"));
        byte[] bytes = Files.readAllBytes(whole);
        for (int length : new int[] {0, 1, 511, 512, 514, 515, 516}) {
            Path cut = folder.resolve("cut.tar");
            Files.write(cut, Arrays.copyOf(bytes, length));
            String refused = refusal(cut);
            assertTrue(refused.startsWith(cut + ": not a captured machine"), refused);
        }
    }

    /** A captured machine, packed by each of the programs that people use, is the same; cut, it is refused. */
    @ParameterizedTest
    @ValueSource(strings = {"gz", "bz2", "xz"})
    void eachCompressionIsReadAndItsCutIsRefused(String kind) throws IOException {
        byte[] tar = Files.readAllBytes(plain(null));
        Path file = folder.resolve("machine.tar." + kind);
        try (OutputStream raw = Files.newOutputStream(file);
                OutputStream out = kind.equals("gz")
                        ? new GZIPOutputStream(raw)
                        : kind.equals("xz")
                                ? new XZCompressorOutputStream(raw)
                                : new BZip2CompressorOutputStream(raw)) {
            out.write(tar);
        }
        assertEquals(Optional.of("0-3"), ArchiveFiles.read(file).read("/sys/devices/system/cpu/online"));
        byte[] bytes = Files.readAllBytes(file);
        for (int length = 7; length < bytes.length; length += 9) {
            Path cut = folder.resolve("cut");
            Files.write(cut, Arrays.copyOf(bytes, length));
            String refused = refusal(cut);
            assertTrue(refused.startsWith(cut + ": not a captured machine"), refused);
        }
    }

    @Test
    void anXzArchiveThatAsksForGigabytesOfMemoryIsRefused() throws IOException {
        Path file = folder.resolve("machine.tar.xz");
        try (OutputStream out = new XZCompressorOutputStream(Files.newOutputStream(file))) {
            out.write(Files.readAllBytes(plain(null)));
        }
        byte[] bytes = Files.readAllBytes(file);
        // After the stream's header of 12 bytes the block's of 12: size, flags, filter 0x21, 1, dictionary, padding,
        // checksum.
        assertEquals(0x21, bytes[14]);
        bytes[16] = 36; // 1 GiB
        CRC32 checksum = new CRC32();
        checksum.update(bytes, 12, 8);
        for (int i = 0; i < 4; i++) {
            bytes[20 + i] = (byte) (checksum.getValue() >>> 8 * i);
        }
        Files.write(file, bytes);
        String refused = refusal(file);
        assertTrue(refused.contains("of memory would be needed"), refused);
    }
}
