package dev.tropical.scheduling;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Plain Java that the operator, the engine and the simulator drive alike. */
@AnalyzeClasses(
        packages = "dev.tropical.scheduling",
        importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    @ArchTest
    static final ArchRule SHOULD_USE_THE_JDK_AND_THE_PROTOCOL_ONLY =
            classes()
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "org.jspecify.annotations..",
                            "com.google.protobuf..",
                            "dev.tropical.protocol..",
                            "dev.tropical.scheduling..");

    @ArchTest
    static final ArchRule SHOULD_HAVE_THE_CLOCK_PASSED_IN =
            noClasses()
                    .should()
                    .callMethod(System.class, "nanoTime")
                    .orShould()
                    .callMethod(System.class, "currentTimeMillis")
                    .orShould()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.time..", "java.util.concurrent..");

    @ArchTest
    static final ArchRule SHOULD_HAVE_NO_CYCLES =
            slices().matching("dev.tropical.scheduling.(*)..").should().beFreeOfCycles();
}
