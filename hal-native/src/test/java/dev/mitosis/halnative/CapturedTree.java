package dev.mitosis.halnative;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mitosis.halnative.files.ArchiveFiles;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A tree of files that a test writes, and the archives of real machines, which are skipped where they are not there. */
public record CapturedTree(Path root) {
    public CapturedTree write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        return this;
    }

    public HostTopology read() {
        return new SysfsReader(new FolderFiles(root)).read();
    }

    public static HostTopology archive(String name) throws IOException {
        Path archive = Path.of(System.getProperty("mitosis.corpus", ""), "topologies", name + ".tar.bz2");
        assumeTrue(Files.exists(archive), archive + " is not there");
        return new SysfsReader(ArchiveFiles.read(archive)).read();
    }
}
