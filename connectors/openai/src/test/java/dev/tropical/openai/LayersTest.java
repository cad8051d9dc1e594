package dev.tropical.openai;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
        packages = "dev.tropical.openai",
        importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    @ArchTest
    static final ArchRule ofOursOnlyTheProtocolAndTheKafkaClient =
            classes()
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.tropical.openai..",
                            "dev.tropical.protocol",
                            "dev.tropical.kafka",
                            "java..",
                            "com.fasterxml.jackson..",
                            "com.linecorp.armeria..",
                            "org.apache.kafka.clients.consumer", // records that it is handed
                            "io.micrometer..",
                            "io.netty..",
                            "org.slf4j..",
                            "org.jspecify..");

    /** What turns events into JSON is plain, so that it can be tested without a server. */
    @ArchTest
    static final ArchRule shapesAndAnswersKnowNoHttp =
            noClasses()
                    .that()
                    .areAssignableTo(Answer.class)
                    .or()
                    .areAssignableTo(Shape.class)
                    .or()
                    .belongToAnyOf(ApiError.class, CallReader.class, TextOffset.class)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("com.linecorp.armeria..");

    @ArchTest
    static final ArchRule monitoringKnowsNoHttpAndNoGateway =
            noClasses()
                    .that()
                    .resideInAPackage("dev.tropical.openai.monitor")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("com.linecorp.armeria..", "dev.tropical.openai");
}
