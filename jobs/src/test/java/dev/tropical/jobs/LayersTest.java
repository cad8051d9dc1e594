package dev.tropical.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The top of the system: knows the job's parts, and engines as processes only. */
@AnalyzeClasses(
        packages = {
            "dev.tropical.bench",
            "dev.tropical.cli",
            "dev.tropical.cluster",
            "dev.tropical.jobs",
            "dev.tropical.launch",
            "dev.tropical.report",
            "dev.tropical.simulator"
        },
        importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    @ArchTest
    static final ArchRule enginesAreReachedThroughTheClientOnly =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("org.zeromq..", "zmq..");

    @ArchTest
    static final ArchRule noEngineRunsInsideTheJob =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.tropical.engine",
                            "dev.tropical.engine.cpu..",
                            "dev.tropical.engine.io..",
                            "dev.tropical.engine.loop..",
                            "dev.tropical.engine.model..",
                            "dev.tropical.engine.transfer..",
                            "org.bytedeco..");

    @ArchTest
    static final ArchRule onlyCommandsKnowTheCommandLine =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.tropical.cli")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.tropical.(*)..").should().beFreeOfCycles();
}
