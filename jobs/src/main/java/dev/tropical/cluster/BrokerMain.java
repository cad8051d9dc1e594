package dev.tropical.cluster;

import dev.tropical.kafka.EmbeddedKafka;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A single-node Kafka as a process of its own, until it is told to end. */
public final class BrokerMain {
    private BrokerMain() {}

    /**
     * @param args data folder and port
     */
    public static void main(String[] args) throws InterruptedException {
        EmbeddedKafka broker = EmbeddedKafka.start(Path.of(args[0]), Integer.parseInt(args[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "stop"));
        new CountDownLatch(1).await();
    }
}
