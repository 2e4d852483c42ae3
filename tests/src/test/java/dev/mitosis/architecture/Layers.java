package dev.mitosis.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.List;

/** The layers of the picture in README.md, from the bottom to the top, and the product's classes. */
final class Layers {
    static final List<String> FROM_THE_BOTTOM = List.of(
            "hal",
            "x86",
            "mm",
            "kernel",
            "replication",
            "halsim",
            "halnative",
            "kvm",
            "workloads",
            "lab",
            "shim",
            "cli");

    private Layers() {}

    static JavaClasses product() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.mitosis");
    }

    static String packagesOf(String layer) {
        return "dev.mitosis." + layer + "..";
    }

    static String[] packagesOf(List<String> layers) {
        return layers.stream().map(Layers::packagesOf).toArray(String[]::new);
    }

    static ArchRule doesNotImport(String layer, List<String> others) {
        return ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage(packagesOf(layer))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packagesOf(others))
                .allowEmptyShould(true); // a layer may be all package-info so far
    }
}
