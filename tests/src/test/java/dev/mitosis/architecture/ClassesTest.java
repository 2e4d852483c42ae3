package dev.mitosis.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.AbstractCollection;
import java.util.AbstractMap;
import org.junit.jupiter.api.Test;

class ClassesTest {
    private static final JavaClasses PRODUCT = Layers.product();

    @Test
    void noStaticFieldCanBeAssigned() {
        ArchRuleDefinition.fields()
                .that()
                .areStatic()
                .should()
                .beFinal()
                .because("two machines must run side by side in one JVM")
                .check(PRODUCT);
    }

    @Test
    void noStaticFieldHoldsAMutableContainer() {
        ArchRuleDefinition.fields()
                .that()
                .areStatic()
                .and()
                .doNotHaveModifier(JavaModifier.SYNTHETIC)
                .should()
                .notHaveRawType(DescribedPredicate.describe("a mutable container", ClassesTest::isMutableContainer))
                .because("two machines must run side by side in one JVM")
                .check(PRODUCT);
    }

    private static boolean isMutableContainer(JavaClass type) {
        return type.isAssignableTo(AbstractCollection.class)
                || type.isAssignableTo(AbstractMap.class)
                || type.isAssignableTo(ThreadLocal.class)
                || type.getPackageName().equals("java.util.concurrent.atomic");
    }

    @Test
    void noClassIsNamedForNothing() {
        ArchRuleDefinition.noClasses()
                .that()
                .areTopLevelClasses()
                .should()
                .haveNameMatching(".*\\.(Abstract[A-Z]\\w*|\\w*(Utils?|Helpers?|Managers?|Impl))")
                .because("a class is named for the one concept that it is; EptManager alone is the field's own word")
                .allowEmptyShould(true)
                .check(PRODUCT.that(
                        DescribedPredicate.describe("are not KVM's EptManager", type -> !type.getSimpleName()
                                .equals("EptManager"))));
    }

    @Test
    void noCommandExitsTheVirtualMachine() {
        ArchRuleDefinition.noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.mitosis.cli.Main")
                .and()
                .resideOutsideOfPackage("dev.mitosis.shim.numactl..")
                .should()
                .callMethod(System.class, "exit", int.class)
                .because("a command returns its exit code")
                .check(PRODUCT);
    }
}
