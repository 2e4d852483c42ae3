package dev.mitosis.lab.published;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/** A table of published numbers: one that comes with the product, or a file. */
public final class PublishedTable {
    private PublishedTable() {}

    /** The file if there is one, else the product's own of that name. */
    public static CsvTable read(Optional<Path> reference, String own) throws IOException {
        if (reference.isPresent()) {
            return CsvTable.read(reference.get());
        }
        try (InputStream in = PublishedTable.class.getResourceAsStream("/dev/mitosis/published/" + own)) {
            if (in == null) {
                throw new IllegalStateException(own + " is not in the program");
            }
            return CsvTable.parse(Path.of(own), in);
        }
    }
}
