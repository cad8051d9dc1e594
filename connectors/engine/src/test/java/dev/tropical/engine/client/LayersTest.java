package dev.tropical.engine.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.tropical", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    /** Other transport packages live in other modules, which have a rule of their own. */
    @ArchTest
    static final ArchRule onlyTheClientUsesZeroMq =
            noClasses()
                    .that()
                    .resideOutsideOfPackages("dev.tropical.engine.client", "dev.tropical.sockets")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.zeromq..", "zmq..");

    @ArchTest
    static final ArchRule theClientKnowsNoEngineAndNoOperator =
            noClasses()
                    .that()
                    .resideInAPackage("dev.tropical.engine.client")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.tropical.engine",
                            "dev.tropical.engine.loop..",
                            "dev.tropical.engine.io..",
                            "dev.tropical.engine.model..",
                            "dev.tropical.flink..",
                            "dev.tropical.scheduling..");
}
