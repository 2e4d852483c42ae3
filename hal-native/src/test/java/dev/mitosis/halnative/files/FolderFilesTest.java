package dev.mitosis.halnative.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderFilesTest {
    @TempDir
    private Path folder = Path.of(".");

    private FolderFiles files() throws IOException {
        Files.createDirectories(folder.resolve("box/sys"));
        Files.writeString(folder.resolve("secret"), "secret\n");
        Files.writeString(folder.resolve("box/sys/a"), "text\n");
        return new FolderFiles(folder.resolve("box"));
    }

    @Test
    void aLinkInsideIsFollowed() throws IOException {
        FolderFiles files = files();
        Files.createSymbolicLink(folder.resolve("box/sys/b"), Path.of("a"));
        assertEquals(Optional.of("text"), files.read("/sys/b"));
    }

    @Test
    void aLinkThatLeadsOutsideIsRefused() throws IOException {
        FolderFiles files = files();
        Files.createSymbolicLink(folder.resolve("box/sys/b"), Path.of("../../secret"));
        Files.createSymbolicLink(folder.resolve("box/sys/c"), Path.of("../.."));
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> files.read("/sys/b"));
        assertTrue(String.valueOf(refused.getMessage()).endsWith("box/sys/b: leads outside the captured machine"));
        assertThrows(IllegalArgumentException.class, () -> files.list("/sys/c"));
        assertThrows(IllegalArgumentException.class, () -> files.exists("/sys/c/secret"));
    }

    @Test
    void aDirectoryHasNoText() throws IOException {
        assertEquals(Optional.empty(), files().read("/sys"));
        assertEquals(Optional.empty(), files().read("/sys/none"));
    }

    @Test
    void zeroBytesAtTheEndAreNoText() {
        assertEquals("0f", SystemFiles.text("0f\n\0".getBytes(StandardCharsets.UTF_8)));
        assertEquals("", SystemFiles.text(new byte[3]));
    }
}
