package dev.tropical.engine.cpu.kernels;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Arithmetic on arrays. */
@AnalyzeClasses(
        packages = "dev.tropical.engine.cpu.kernels",
        importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    @ArchTest
    static final ArchRule nothingButTheJdk =
            classes()
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "jdk.incubator.vector..",
                            "org.jspecify.annotations..",
                            "dev.tropical.engine.cpu.kernels..");
}
