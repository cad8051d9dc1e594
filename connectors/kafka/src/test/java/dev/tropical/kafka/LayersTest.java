package dev.tropical.kafka;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.tropical", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    @ArchTest
    static final ArchRule ofOursOnlyTheProtocol =
            classes()
                    .that()
                    .resideInAPackage("dev.tropical.kafka")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.tropical.kafka",
                            "dev.tropical.protocol..",
                            "java..",
                            "org.apache.flink..",
                            "org.apache.kafka..",
                            "kafka..",
                            "com.google.protobuf..",
                            "org.slf4j..",
                            "org.jspecify..");

    /** The broker is for one process; nothing else may need the server's classes. */
    @ArchTest
    static final ArchRule onlyTheEmbeddedBrokerUsesTheServer =
            noClasses()
                    .that()
                    .doNotHaveFullyQualifiedName("dev.tropical.kafka.EmbeddedKafka")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("kafka..", "org.apache.kafka.server..");
}
