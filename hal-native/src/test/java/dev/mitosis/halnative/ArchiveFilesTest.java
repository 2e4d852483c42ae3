package dev.mitosis.halnative;

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
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void anArchiveThatUnpacksToFarMoreThanItIsIsRefused() throws IOException {
        Path bomb = folder.resolve("bomb.tar.gz");
        long size = 2L << 30;
        byte[] zeros = new byte[1 << 20];
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(bomb));
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            TarArchiveEntry entry = new TarArchiveEntry("box/sys/zeros");
            entry.setSize(size);
            tar.putArchiveEntry(entry);
            for (long written = 0; written < size; written += zeros.length) {
                tar.write(zeros);
            }
            tar.closeArchiveEntry();
        }
        String refused = refusal(bomb);
        assertTrue(refused.contains("unpacks to more than"), refused);
    }
}
