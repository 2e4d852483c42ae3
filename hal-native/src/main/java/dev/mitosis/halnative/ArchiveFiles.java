package dev.mitosis.halnative;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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
 * {@code proc} and {@code sys} under one folder. Nothing is unpacked to disk; links are not followed.
 *
 * <p>Errors: an archive that is truncated, that names paths outside itself, or that is far too large for a captured machine
 * is refused with an {@link IOException}.
 */
public final class ArchiveFiles implements SystemFiles {
    private static final int MOST_ENTRIES = 1_000_000;
    private static final int MOST_BYTES_OF_FILE = 1 << 20;
    private static final long MOST_BYTES_KEPT = 128L << 20;
    private static final long MOST_BYTES_UNPACKED = 1L << 30;

    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, TreeSet<String>> directories = new HashMap<>();

    private ArchiveFiles() {}

    public static ArchiveFiles read(Path archive) throws IOException {
        ArchiveFiles files = new ArchiveFiles();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(archive));
                TarArchiveInputStream tar = new TarArchiveInputStream(new Counted(decompressed(in)))) {
            files.take(tar);
        } catch (IOException e) {
            throw new IOException(archive + ": not a captured machine: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IOException(archive + ": not a captured machine: damaged archive", e);
        }
        if (!files.directories.containsKey("/sys") && !files.directories.containsKey("/proc")) {
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
            return new XZCompressorInputStream(in);
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
            } else if (entry.isFile() && !entry.isSymbolicLink() && !entry.isLink()) {
                byte[] bytes = tar.readNBytes(MOST_BYTES_OF_FILE);
                kept += bytes.length;
                if (kept > MOST_BYTES_KEPT) {
                    throw new IOException("more than " + MOST_BYTES_KEPT + " bytes of files");
                }
                addName(path);
                texts.put(path, new String(bytes, StandardCharsets.UTF_8).stripTrailing());
            }
        }
    }

    /** The path on the machine: what follows the one folder; null for what is no part of the machine. */
    private static @Nullable String pathOf(String name) throws IOException {
        List<String> parts = new ArrayList<>();
        for (String part : name.split("/", -1)) {
            if (part.equals("..")) {
                throw new IOException("the entry " + name + " leads outside");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        int first = parts.indexOf("sys");
        if (first < 0 || first > 1) {
            first = parts.indexOf("proc");
        }
        return first < 0 || first > 1 ? null : "/" + String.join("/", parts.subList(first, parts.size()));
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

    /** Stops an archive that unpacks to far more than it is. */
    private static final class Counted extends InputStream {
        private final InputStream in;
        private long bytes;

        Counted(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            count(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int taken = in.read(buffer, offset, length);
            count(Math.max(taken, 0));
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
