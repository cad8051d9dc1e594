package dev.tropical.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom inside the engine. */
@AnalyzeClasses(
        packages = "dev.tropical.engine",
        importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    @ArchTest
    static final ArchRule onlyTheIoThreadKnowsSockets =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.tropical.engine.io")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.zeromq..", "zmq..");

    @ArchTest
    static final ArchRule theLoopKnowsNoBackend =
            noClasses()
                    .that()
                    .resideInAnyPackage("dev.tropical.engine.loop", "dev.tropical.engine.transfer")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.tropical.engine.cpu..",
                            "dev.tropical.engine.cuda..",
                            "dev.tropical.engine.paced..");

    @ArchTest
    static final ArchRule onlyTheCudaBackendKnowsCuda =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.tropical.engine.cuda")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.bytedeco..");

    @ArchTest
    static final ArchRule backendsKnowNeitherLoopNorSockets =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "dev.tropical.engine.cpu..",
                            "dev.tropical.engine.cuda..",
                            "dev.tropical.engine.paced..",
                            "dev.tropical.engine.model..",
                            "dev.tropical.engine.sampling..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.tropical.engine",
                            "dev.tropical.engine.io..",
                            "dev.tropical.engine.loop..",
                            "dev.tropical.engine.transfer..");

    @ArchTest
    static final ArchRule onlyTheProcessKnowsItsCommandLine =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.tropical.engine")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.tropical.engine.(*)..").should().beFreeOfCycles();
}
