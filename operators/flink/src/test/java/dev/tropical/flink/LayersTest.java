package dev.tropical.flink;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Operators are thin; what they do is plain Java. */
@AnalyzeClasses(
        packages = "dev.tropical.flink",
        importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    @ArchTest
    static final ArchRule SHOULD_KEEP_LANES_AND_CELLS_FREE_OF_FLINK_AND_OF_CLOCKS =
            noClasses()
                    .that()
                    .haveSimpleNameStartingWith("Lane")
                    .and()
                    .haveSimpleNameNotEndingWith("Key")
                    .or()
                    .haveNameMatching(
                            ".*\\.(RouteCell|RouterInputs|TokenIntake|InventoryAdopter"
                                + "|EngineEventHandler|RequestTable|EngineTable|AckLedger"
                                + "|ChoiceStream|InFlightRequest|Tombstones|Emitted|Nudger|Pieces"
                                + "|Progress|HandOver)")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.apache.flink..", "org.apache.kafka..")
                    .orShould()
                    .callMethod(System.class, "nanoTime")
                    .orShould()
                    .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule SHOULD_REACH_ENGINES_THROUGH_THE_CLIENT_ONLY =
            noClasses().should().dependOnClassesThat().resideInAPackage("org.zeromq..");

    @ArchTest
    static final ArchRule SHOULD_KEEP_TEXT_FREE_OF_FLINK =
            noClasses()
                    .that()
                    .resideInAPackage("dev.tropical.flink.text..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.apache.flink..");

    @ArchTest
    static final ArchRule SHOULD_HAVE_NO_CYCLES =
            slices().matching("dev.tropical.flink.(*)..").should().beFreeOfCycles();
}
