package dev.mitosis.halnative.files;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A captured machine in a tar archive, plain or compressed by gzip, bzip2 or xz, as hwloc's gather-topology makes it:
 * {@code proc} and {@code sys} under one folder. Nothing is unpacked to disk. Links are not followed: a symbolic one is a name in
 * its directory, which is all that sysfs says with most of them.
 *
 * <p>Errors: an archive that is truncated, that is far too large or deep for a captured machine, or that has paths or links which
 * lead outside it, hard links, devices or files with holes is refused with an {@link IOException}.
 */
public final class ArchiveFiles implements SystemFiles {
    private static final int MOST_ENTRIES = 1_000_000;
    private static final int MOST_BYTES_OF_FILE = 1 << 20;
    private static final long MOST_BYTES_OF_ENTRY = 64L << 20;
    private static final long MOST_BYTES_KEPT = 128L << 20;
    private static final long MOST_BYTES_UNPACKED = 1L << 30;
    private static final int MOST_PATH_CHARACTERS = 4096;
    private static final int MOST_FOLDERS_DEEP = 64;
    /** xz -9 needs 65 MiB; the format allows 4 GiB. */
    private static final int MOST_XZ_KIBIBYTES = 256 << 10;

    private static final int TAR_BLOCK_BYTES = 512;

    /** What control groups and their predecessor are mounted at, beside the kernel's own. */
    private static final List<String> FOLDERS = List.of("sys", "proc", "dev", "cgroup");

    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, TreeSet<String>> directories = new HashMap<>();

    private ArchiveFiles() {}

    public static ArchiveFiles read(Path archive) throws IOException {
        ArchiveFiles files = new ArchiveFiles();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(archive));
                Counted counted = new Counted(decompressed(in));
                TarArchiveInputStream tar = new TarArchiveInputStream(counted)) {
            files.take(tar);
            if (counted.zerosAtEnd < TAR_BLOCK_BYTES) {
                throw new IOException("truncated: the mark at the end of a tar archive is missing");
            }
        } catch (IOException e) {
            throw new IOException(archive + ": not a captured machine: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IOException(archive + ": not a captured machine: damaged archive", e);
        }
        if (files.texts.keySet().stream().noneMatch(path -> path.startsWith("/sys/") || path.startsWith("/proc/"))) {
            throw new IOException(archive + ": not a captured machine: it has neither a sys nor a proc folder");
        }
        return files;
    }

    /** By the first bytes, because names lie. */
    private static InputStream decompressed(InputStream in) throws IOException {
        in.mark(8);
        byte[] magic = in.readNBytes(6);
        in.reset();
        if (magic.length > 2 && magic[0] == 'B' && magic[1] == 'Z' && magic[2] == 'h') {
            return new BZip2CompressorInputStream(in, true);
        }
        if (magic.length > 1 && magic[0] == 0x1f && magic[1] == (byte) 0x8b) {
            return new GZIPInputStream(in);
        }
        if (magic.length > 5 && magic[0] == (byte) 0xfd && magic[1] == '7' && magic[2] == 'z') {
            return XZCompressorInputStream.builder()
                    .setInputStream(in)
                    .setDecompressConcatenated(true)
                    .setMemoryLimitKiB(MOST_XZ_KIBIBYTES)
                    .get();
        }
        return in;
    }

    private void take(TarArchiveInputStream tar) throws IOException {
        int entries = 0;
        long kept = 0;
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            if (++entries > MOST_ENTRIES) {
                throw new IOException("more than " + MOST_ENTRIES + " entries");
            }
            String path = pathOf(entry.getName());
            if (path == null) {
                continue;
            }
            if (entry.isDirectory()) {
                addDirectory(path);
            } else if (entry.isSymbolicLink()) {
                requireInside(entry);
                addName(path);
            } else {
                requirePlainFile(entry);
                byte[] bytes = tar.readNBytes(MOST_BYTES_OF_FILE);
                kept += bytes.length;
                if (kept > MOST_BYTES_KEPT) {
                    throw new IOException("more than " + MOST_BYTES_KEPT + " bytes of files");
                }
                addName(path);
                texts.put(path, SystemFiles.text(bytes));
            }
        }
    }

    /** The path on the machine: what follows the one folder; null for what is no part of the machine. */
    private static @Nullable String pathOf(String name) throws IOException {
        if (name.length() > MOST_PATH_CHARACTERS) {
            throw new IOException("a path of " + name.length() + " characters");
        }
        List<String> parts = new ArrayList<>();
        for (String part : name.split("/", -1)) {
            if (part.equals("..")) {
                throw new IOException("the entry " + name + " leads outside");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        if (parts.size() > MOST_FOLDERS_DEEP) {
            throw new IOException("a path " + parts.size() + " folders deep");
        }
        for (int first = 0; first < Math.min(2, parts.size()); first++) {
            if (FOLDERS.contains(parts.get(first))) {
                return "/" + String.join("/", parts.subList(first, parts.size()));
            }
        }
        return null;
    }

    private static void requireInside(TarArchiveEntry link) throws IOException {
        String target = link.getLinkName();
        int depth = -1; // the link's own name is no folder
        for (String part : link.getName().split("/", -1)) {
            depth += part.isEmpty() || part.equals(".") ? 0 : 1;
        }
        for (String part : target.split("/", -1)) {
            depth += part.equals("..") ? -1 : part.isEmpty() || part.equals(".") ? 0 : 1;
            if (depth < 0 || target.startsWith("/")) {
                throw new IOException("the link " + link.getName() + " leads outside, to " + target);
            }
        }
    }

    private static void requirePlainFile(TarArchiveEntry entry) throws IOException {
        if (entry.isLink()) {
            throw new IOException("the entry " + entry.getName() + " is a hard link");
        }
        if (entry.getSize() > MOST_BYTES_OF_ENTRY) {
            throw new IOException("the entry " + entry.getName() + " is of " + entry.getSize() + " bytes");
        }
        if (entry.isSparse()) {
            throw new IOException("the entry " + entry.getName() + " has holes");
        }
        if (entry.isFIFO() || entry.isBlockDevice() || entry.isCharacterDevice()) {
            throw new IOException("the entry " + entry.getName() + " is neither a file nor a folder");
        }
    }

    private void addDirectory(String path) {
        directories.computeIfAbsent(path, p -> new TreeSet<>());
        addName(path);
    }

    private void addName(String path) {
        int slash = path.lastIndexOf('/');
        if (slash > 0) {
            String parent = path.substring(0, slash);
            if (directories.computeIfAbsent(parent, p -> new TreeSet<>()).add(path.substring(slash + 1))) {
                addName(parent);
            }
        }
    }

    @Override
    public Optional<String> read(String path) {
        return Optional.ofNullable(texts.get(path));
    }

    @Override
    public List<String> list(String path) {
        TreeSet<String> names = directories.get(path);
        return names == null ? List.of() : List.copyOf(names);
    }

    @Override
    public boolean exists(String path) {
        return texts.containsKey(path) || directories.containsKey(path);
    }

    /** Stops an archive that unpacks to far more than it is, and sees whether it has an end. */
    private static final class Counted extends InputStream {
        private final InputStream in;
        private long bytes;
        private int zerosAtEnd;

        Counted(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            if (value >= 0) {
                count(1);
                zerosAtEnd = value == 0 ? zerosAtEnd + 1 : 0;
            }
            return value;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int taken = in.read(buffer, offset, length);
            if (taken > 0) {
                count(taken);
                int zeros = 0;
                while (zeros < taken && zeros < TAR_BLOCK_BYTES && buffer[offset + taken - 1 - zeros] == 0) {
                    zeros++;
                }
                zerosAtEnd = zeros == taken ? Math.min(zerosAtEnd, TAR_BLOCK_BYTES) + zeros : zeros;
            }
            return taken;
        }

        private void count(int more) throws IOException {
            bytes += more;
            if (bytes > MOST_BYTES_UNPACKED) {
                throw new IOException("it unpacks to more than " + MOST_BYTES_UNPACKED + " bytes");
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
