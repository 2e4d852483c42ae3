package dev.mitosis.architecture;

import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayersTest {
    private static final JavaClasses PRODUCT = Layers.product();

    static List<String> layers() {
        return Layers.FROM_THE_BOTTOM;
    }

    @ParameterizedTest
    @MethodSource("layers")
    void importsPointDownOnly(String layer) {
        List<String> above = Layers.FROM_THE_BOTTOM.subList(
                Layers.FROM_THE_BOTTOM.indexOf(layer) + 1, Layers.FROM_THE_BOTTOM.size());
        if (above.isEmpty()) {
            // Nothing is above the command line: what could be wrong there is a class outside all layers.
            everyClassBelongsToALayer();
            return;
        }
        Layers.doesNotImport(layer, above).check(PRODUCT);
    }

    @Test
    void everyClassBelongsToALayer() {
        ArchRuleDefinition.classes()
                .that()
                .resideInAPackage("dev.mitosis..")
                .should()
                .resideInAnyPackage(Layers.packagesOf(Layers.FROM_THE_BOTTOM))
                .check(PRODUCT);
    }

    @Test
    void replicationIsInvisibleToTheKernel() {
        Layers.doesNotImport("mm", List.of("replication")).check(PRODUCT);
        Layers.doesNotImport("kernel", List.of("replication")).check(PRODUCT);
    }

    @Test
    void boardsKnowNeitherKernelNorPolicy() {
        Layers.doesNotImport("halsim", List.of("mm", "kernel", "replication", "halnative"))
                .check(PRODUCT);
        Layers.doesNotImport("halnative", List.of("mm", "kernel", "replication", "halsim"))
                .check(PRODUCT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hal", "x86", "mm", "kernel", "replication", "halsim", "halnative", "kvm", "lab"})
    void packagesOfALayerFormNoCycle(String layer) {
        SlicesRuleDefinition.slices()
                .matching("dev.mitosis.(**)")
                .should()
                .beFreeOfCycles()
                .check(PRODUCT.that(JavaClass.Predicates.resideInAPackage(Layers.packagesOf(layer))));
    }

    @Test
    void modelsNeverSeePublishedNumbers() {
        Layers.doesNotImport("lab.model", List.of("lab.published")).check(PRODUCT);
    }

    @Test
    void anImportOfPublishedNumbersWouldBeFound() {
        // Experiments read the published tables, so the same rule must be broken there.
        assertFalse(Layers.doesNotImport("lab.experiments", List.of("lab.published"))
                .evaluate(PRODUCT)
                .getFailureReport()
                .isEmpty());
    }

    @Test
    void aForbiddenImportWouldBeFound() {
        // x86 is built on hal, so the opposite rule must be broken.
        assertFalse(Layers.doesNotImport("x86", List.of("hal"))
                .evaluate(PRODUCT)
                .getFailureReport()
                .isEmpty());
    }
}
