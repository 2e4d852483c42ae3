package dev.mitosis.halnative.files;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The files below a root in which a kernel describes a machine. Paths are absolute as on the machine itself, for instance
 * {@code /sys/devices/system/node/online}.
 */
public interface SystemFiles {
    /** A file's text without the white space at its end; empty where there is no such file, or it cannot be read. */
    Optional<String> read(String path);

    /** A file's bytes as text; some kernels end theirs with zero bytes. */
    static String text(byte[] bytes) {
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] >= 0 && bytes[length - 1] <= ' ') {
            length--;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** The names in a directory, in no order; none where there is no such directory. */
    List<String> list(String path);

    /** Whether a file or directory is there. */
    boolean exists(String path);

    /**
     * Writes a knob of the kernel's.
     *
     * @return empty when that worked, otherwise why it did not
     */
    default Optional<String> write(String path, String text) {
        return Optional.of("a captured machine cannot be changed");
    }
}
