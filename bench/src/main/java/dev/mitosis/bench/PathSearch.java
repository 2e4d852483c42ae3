package dev.mitosis.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs by name: emulators want their paths. */
final class PathSearch {
    private PathSearch() {}

    /** The path of a program in PATH, or of one that has a slash. */
    static String absolute(String name) throws IOException {
        if (name.contains("/")) {
            return name;
        }
        for (String folder : System.getenv("PATH").split(":", -1)) {
            Path candidate = Path.of(folder, name);
            if (Files.isExecutable(candidate)) {
                return candidate.toString();
            }
        }
        throw new IOException(name + " is not in PATH");
    }
}
