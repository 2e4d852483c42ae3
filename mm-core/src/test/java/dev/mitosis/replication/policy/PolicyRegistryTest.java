package dev.mitosis.replication.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PolicyRegistryTest {
    @Test
    void everyPolicyOfThePackageHasItsLine() throws Exception {
        Path classes = Path.of(PlacementPolicy.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolve(PlacementPolicy.class.getPackageName().replace('.', '/'));
        Set<String> registered = PolicyRegistry.policies().stream()
                .map(policy -> policy.getClass().getName())
                .collect(Collectors.toSet());
        assertEquals(new TreeSet<>(registered), policiesIn(classes));
    }

    private static Set<String> policiesIn(Path classes) throws IOException {
        try (Stream<Path> files = Files.list(classes)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.equals("package-info.class"))
                    .map(name -> PlacementPolicy.class.getPackageName() + "." + name.substring(0, name.length() - 6))
                    .filter(PolicyRegistryTest::isPolicy)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static boolean isPolicy(String name) {
        try {
            Class<?> type = Class.forName(name);
            return PlacementPolicy.class.isAssignableFrom(type) && !type.isInterface();
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anUnknownNameIsAnsweredWithThoseThatThereAre() {
        IllegalArgumentException unknown =
                assertThrows(IllegalArgumentException.class, () -> PolicyRegistry.find("mitossis"));
        assertTrue(String.valueOf(unknown.getMessage()).contains("first-touch, mitosis"), unknown.getMessage());
    }
}
