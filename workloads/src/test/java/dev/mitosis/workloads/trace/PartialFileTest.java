package dev.mitosis.workloads.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a name stands for is there afterwards. */
class PartialFileTest {
    @TempDir
    private Path folder = Path.of(".");

    private void run(String... command) throws Exception {
        assumeTrue(new ProcessBuilder(command).start().waitFor() == 0, String.join(" ", command) + " is not allowed");
    }

    private long files() throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.count();
        }
    }

    private static int type(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 0xF000;
    }

    @Test
    void aDeviceIsWrittenToAndStays() throws Exception {
        Path device = folder.resolve("null");
        run("mknod", device.toString(), "c", "1", "3");
        PartialFile.write(device, "text");
        try (PartialFile part = PartialFile.visible(device)) {
            assertTrue(part.isWrittenInPlace());
            part.commit();
        }
        assertEquals(0x2000, type(device));
        assertEquals(1, files());
    }

    @Test
    void aFifoIsWrittenToAndStays() throws Exception {
        Path fifo = folder.resolve("fifo");
        run("mkfifo", fifo.toString());
        CompletableFuture<String> read = CompletableFuture.supplyAsync(() -> {
            try {
                return Files.readString(fifo);
            } catch (IOException e) {
                return e.toString();
            }
        });
        PartialFile.write(fifo, "text");
        assertEquals("text", read.get());
        assertEquals(0x1000, type(fifo));
    }

    @Test
    void aSocketAndAFolderAreRefused() throws Exception {
        Path socket = folder.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            IOException refused = assertThrows(IOException.class, () -> PartialFile.visible(socket));
            assertEquals(socket + " is a socket, which cannot be written as a file", refused.getMessage());
        }
        assertThrows(IOException.class, () -> PartialFile.visible(folder));
        assertThrows(IOException.class, () -> PartialFile.write(folder, "text"));
        assertThrows(IOException.class, () -> PartialFile.visible(folder.resolve("none/file")));
    }

    @Test
    void aLinkStaysAndItsTargetIsReplacedWhole() throws Exception {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Path target = Files.writeString(inner.resolve("target"), "old");
        Path second = Files.createSymbolicLink(inner.resolve("second"), Path.of("target"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("inner/second"));
        try (PartialFile part = PartialFile.visible(link)) {
            assertEquals(inner.resolve("target.part"), PartialFile.part(link));
            assertEquals("old", Files.readString(target));
            part.write(java.nio.ByteBuffer.wrap(new byte[] {'n', 'e', 'w'}));
            part.commit();
        }
        assertEquals("new", Files.readString(target));
        assertTrue(Files.isSymbolicLink(link) && Files.isSymbolicLink(second));
        Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), Path.of("made"));
        PartialFile.write(dangling, "made");
        assertEquals("made", Files.readString(folder.resolve("made")));
        assertTrue(Files.isSymbolicLink(dangling));
        Path loop = Files.createSymbolicLink(folder.resolve("loop"), Path.of("loop"));
        assertThrows(IOException.class, () -> PartialFile.write(loop, "text"));
    }

    @Test
    void aDescriptorIsWrittenToThroughItsName() throws Exception {
        Path file = Files.writeString(folder.resolve("open"), "old");
        Object inode = Files.getAttribute(file, "unix:ino");
        try (var open = Files.newByteChannel(file)) {
            assertTrue(open.isOpen());
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
                Path name = descriptors
                        .filter(each -> leadsTo(each, file))
                        .findFirst()
                        .orElseThrow();
                PartialFile.write(name, "new");
            }
        }
        assertEquals("new", Files.readString(file));
        assertEquals(inode, Files.getAttribute(file, "unix:ino"));
    }

    private static boolean leadsTo(Path link, Path file) {
        try {
            return Files.readSymbolicLink(link).equals(file.toAbsolutePath());
        } catch (IOException closed) {
            return false;
        }
    }

    @Test
    void aPlantedPartFileIsNotFollowed() throws Exception {
        Path file = folder.resolve("t.mtrace");
        Path victim = Files.writeString(folder.resolve("victim"), "mine");
        Path part = Files.createSymbolicLink(PartialFile.part(file), victim);
        assertThrows(IOException.class, () -> PartialFile.visible(file));
        Files.delete(part);
        Files.createLink(part, victim);
        assertThrows(IOException.class, () -> PartialFile.visible(file));
        Files.delete(part);
        run("mkfifo", part.toString());
        assertThrows(IOException.class, () -> PartialFile.visible(file));
        assertEquals("mine", Files.readString(victim));
    }

    @Test
    void whatIsWrittenIsTheOwnersAlone() throws Exception {
        Path file = folder.resolve("t.mtrace");
        Files.writeString(PartialFile.part(file), "left by a killed one");
        try (PartialFile part = PartialFile.visible(file)) {
            part.commit();
        }
        assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file));
        assertEquals(0, Files.size(file));
        assertFalse(Files.exists(PartialFile.part(file)));
    }
}
