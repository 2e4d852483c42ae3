package dev.mitosis.lab.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The stable types have the signatures that {@code src/main/api/signatures.txt} records.
 *
 * <p>Results are made by the library alone, so the constructors of records promise nothing: they can gain components.
 *
 * <p>A line that is gone breaks programs: that needs a new major version. A line that is new is added to the file.
 */
class SignaturesTest {
    private static final Path FILE = Path.of("src/main/api/signatures.txt");
    private static final List<Class<?>> TYPES = List.of(
            Machine.class,
            Program.class,
            Policy.class,
            Run.class,
            Answer.class,
            Answer.Case.class,
            Answer.Row.class,
            Answer.Verdict.class);

    @Test
    void theSignaturesAreThoseThatWerePromised() throws IOException {
        assertEquals(Files.readString(FILE), String.join("\n", signatures()) + "\n");
    }

    @Test
    void everyTypeOfTheListIsMarked() {
        TYPES.forEach(type -> assertTrue(type.isAnnotationPresent(Stable.class), type.getName()));
    }

    /** A public type beside the stable ones would look as stable as they are. */
    @Test
    void everyPublicTypeOfThePackageIsInTheList() throws IOException {
        try (var files = Files.list(Path.of("src/main/java/dev/mitosis/lab/api"))) {
            List<String> names = files.map(
                            file -> String.valueOf(file.getFileName()).replace(".java", ""))
                    .filter(name -> !name.equals("package-info") && !name.equals("Stable"))
                    .sorted()
                    .toList();
            assertEquals(
                    TYPES.stream()
                            .filter(type -> type.getEnclosingClass() == null)
                            .map(Class::getSimpleName)
                            .sorted()
                            .toList(),
                    names);
        }
    }

    private static List<String> signatures() {
        List<String> lines = new ArrayList<>();
        for (Class<?> type : TYPES) {
            lines.add(type.toGenericString());
            List<String> members = new ArrayList<>();
            for (Method method : type.getDeclaredMethods()) {
                boolean ofEveryObject = Set.of("equals", "hashCode", "toString").contains(method.getName());
                if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic() && !ofEveryObject) {
                    members.add("  " + method.toGenericString());
                }
            }
            members.sort(null);
            lines.addAll(members);
        }
        return lines;
    }
}
