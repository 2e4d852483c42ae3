package dev.mitosis.halnative.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files below a folder: this host's own with the root {@code /}, or a captured tree of {@code proc} and {@code sys}.
 *
 * <p>Errors: a link that leads outside a captured tree is an {@link IllegalArgumentException}. What is neither a file nor a
 * directory is as if it were not there.
 */
public final class FolderFiles implements SystemFiles {
    /** More than any file of sysfs that is read here has; a longer one is cut. */
    private static final int MOST_BYTES = 1 << 20;

    private final Path root;

    public FolderFiles(Path root) {
        this.root = root.toAbsolutePath();
    }

    /** This host. */
    public static FolderFiles host() {
        return new FolderFiles(Path.of("/"));
    }

    @Override
    public Optional<String> read(String path) {
        Path file = locate(path);
        if (!Files.isRegularFile(file)) {
            return Optional.empty(); // a pipe would never answer
        }
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.of(SystemFiles.text(in.readNBytes(MOST_BYTES)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<String> list(String path) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> directory = Files.newDirectoryStream(locate(path))) {
            for (Path entry : directory) {
                names.add(String.valueOf(entry.getFileName()));
            }
        } catch (IOException e) {
            return List.of();
        }
        return names;
    }

    @Override
    public boolean exists(String path) {
        return Files.exists(locate(path));
    }

    @Override
    public Optional<String> write(String path, String text) {
        try (OutputStream out = Files.newOutputStream(locate(path))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            return Optional.empty();
        } catch (AccessDeniedException e) {
            return Optional.of("Permission denied");
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private Path locate(String path) {
        Path file = root.resolve(path.substring(1));
        if (root.getParent() != null && Files.exists(file)) {
            requireInside(file);
        }
        return file;
    }

    private void requireInside(Path file) {
        try {
            if (!file.toRealPath().startsWith(root.toRealPath())) {
                throw new IllegalArgumentException(file + ": leads outside the captured machine");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
