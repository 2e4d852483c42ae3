package dev.mitosis.lab.published;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** A table of published numbers: one that comes with the product, or a file. */
public final class PublishedTable {
    private PublishedTable() {}

    /** The file if there is one, else the product's own of that name. */
    public static CsvTable read(Optional<Path> reference, String own) throws IOException {
        if (reference.isPresent()) {
            return CsvTable.read(reference.get());
        }
        Path copy = Files.createTempFile("mitosis-published", ".csv");
        try (InputStream in = PublishedTable.class.getResourceAsStream("/dev/mitosis/published/" + own)) {
            if (in == null) {
                throw new IllegalStateException(own + " is not in the program");
            }
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            return CsvTable.read(copy);
        } finally {
            Files.delete(copy);
        }
    }
}
