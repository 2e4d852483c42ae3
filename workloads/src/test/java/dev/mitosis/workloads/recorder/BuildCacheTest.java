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
    void aDamagedBuildIsMadeAgain() throws Exception {
        assertEquals(folder.resolve("mitosis"), BuildCache.folder(folder));
        assertEquals(
                PosixFilePermissions.fromString("rwx------"), Files.getPosixFilePermissions(folder.resolve("mitosis")));
        Path build = Files.createDirectory(folder.resolve("mitosis/qemu-1"));
        assertFalse(BuildCache.isIntact(build));
        Path file = Files.writeString(build.resolve("recorder.so"), "code");
        BuildCache.seal(build);
        assertTrue(BuildCache.isIntact(build));
        Files.writeString(file, "codE");
        assertFalse(BuildCache.isIntact(build));
    }

    @Test
    void aFolderOfAnotherUserIsRefused() throws Exception {
        Path other = Files.createDirectory(folder.resolve("mitosis"));
        assumeTrue(
                new ProcessBuilder("chown", "65534", other.toString()).start().waitFor() == 0, "only root can do that");
        assertThrows(RecorderException.class, () -> BuildCache.folder(folder));
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
