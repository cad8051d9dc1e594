package dev.tropical.protocol;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What every other module depends on. */
@AnalyzeClasses(
        packages = "dev.tropical.protocol",
        importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    @ArchTest
    static final ArchRule nothingOfOursAndNoRuntime =
            classes()
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "org.jspecify.annotations..",
                            "com.google.protobuf..",
                            "com.fasterxml.jackson..",
                            "dev.tropical.protocol..");

    @ArchTest
    static final ArchRule readersOfProtobufNeedNoJson =
            noClasses()
                    .that()
                    .resideInAPackage("dev.tropical.protocol.wire..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("dev.tropical.protocol", "com.fasterxml.jackson..");
}
