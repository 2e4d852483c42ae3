package dev.mitosis.workloads.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildCacheTest {
    @TempDir
    private Path folder = Path.of(".");

    @Test
    void aDamagedFileCountsAsAbsent() throws Exception {
        try (ScratchFolder scratch = ScratchFolder.in(folder)) {
            BuildCache cache = BuildCache.open(folder, scratch);
            Path file = cache.file("recorder.so");
            assertFalse(cache.isIntact(file));
            cache.put(Files.writeString(cache.work().resolve("built"), "code"), file);
            assertTrue(cache.isIntact(file));
            Files.writeString(file, "codE");
            assertFalse(cache.isIntact(file));
            assertEquals(
                    PosixFilePermissions.fromString("rwx------"),
                    Files.getPosixFilePermissions(folder.resolve("mitosis")));
        }
    }

    @Test
    void aFolderOfAnotherUserIsRefused() throws Exception {
        Path other = Files.createDirectory(folder.resolve("mitosis"));
        assumeTrue(
                new ProcessBuilder("chown", "65534", other.toString()).start().waitFor() == 0, "only root can do that");
        try (ScratchFolder scratch = ScratchFolder.in(folder)) {
            assertThrows(RecorderException.class, () -> BuildCache.open(folder, scratch));
        }
    }

    @Test
    void aLaterRunDeletesWhatADeadOneLeft() throws Exception {
        Path left;
        Path kept;
        try (ScratchFolder alive = ScratchFolder.in(folder)) {
            kept = alive.path();
            left = Files.createDirectories(folder.resolve("mitosis-run-dead/inner"));
            Files.writeString(left.resolveSibling("lock"), "");
            ScratchFolder.deleteAbandoned(folder, Instant.now().minusSeconds(60));
            assertTrue(Files.exists(left), "it may be in the making");
            ScratchFolder.deleteAbandoned(folder, Instant.now().plusSeconds(60));
            assertFalse(Files.exists(left.getParent()));
            assertTrue(Files.exists(kept));
        }
        assertFalse(Files.exists(kept));
        assertEquals(List.of(), List.of(folder.toFile().list()));
    }
}
