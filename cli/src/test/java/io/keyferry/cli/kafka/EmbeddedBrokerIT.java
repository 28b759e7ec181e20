package io.keyferry.cli.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {

    /** As Kafka Streams does: the transactional id of a process that died is not used again, and so fences nobody. */
    private static final AtomicInteger NEXT = new AtomicInteger();

    @TempDir
    private Path folder;

    private String openAndClose() {
        try (EmbeddedBroker broker = EmbeddedBroker.open(folder)) {
            return broker.bootstrapServers();
        }
    }

    @Test
    void isFoundAgainWhereItWasUnlessSomebodyElseIsThere() throws IOException {
        String first = openAndClose();

        assertThat(openAndClose()).isEqualTo(first);

        int port = Integer.parseInt(first.substring(first.indexOf(':') + 1));
        try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(openAndClose()).isNotEqualTo(first).doesNotEndWith(":" + other.getLocalPort());
        }
    }

    @Test
    void isJoinedByTheOthers() {
        try (EmbeddedBroker host = EmbeddedBroker.open(folder);
                EmbeddedBroker joined = EmbeddedBroker.open(folder)) {
            assertThat(joined.bootstrapServers()).isEqualTo(host.bootstrapServers());
            assertThat(EmbeddedBroker.isRunning(folder)).isTrue();
        }

        assertThat(EmbeddedBroker.isRunning(folder)).isFalse();
        assertThat(folder.resolve("broker.address")).doesNotExist();
    }

    @Test
    void readersPassTheTransactionWhoseEndABrokerLostWhenItDied() throws Exception {
        long withoutTheEnd;
        try (EmbeddedBroker broker = EmbeddedBroker.open(folder);
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
                Producer<String, String> producer = producer(broker)) {
            admin.createTopics(List.of(new NewTopic("cut", 1, (short) 1))).all().get();
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("cut", "lost"));
            producer.flush();
            withoutTheEnd = Files.size(partition().resolve("00000000000000000000.log"));
            producer.commitTransaction();
        }
        asIfItHadDied(withoutTheEnd);

        try (EmbeddedBroker broker = EmbeddedBroker.open(folder);
                Producer<String, String> producer = producer(broker);
                Consumer<String, String> consumer = consumer(broker)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("cut", "next"));
            producer.commitTransaction();
            consumer.assign(List.of(new TopicPartition("cut", 0)));

            List<String> read = new ArrayList<>();
            await().until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(found -> read.add(found.value()));
                return !read.isEmpty();
            });
            assertThat(read).containsExactly("next");
        }
    }

    private Path partition() {
        return folder.resolve("kafka").resolve("cut-0");
    }

    /** What is left of the partition is its first bytes; what Kafka keeps beside it and of its orderly end is gone. */
    private void asIfItHadDied(long bytes) throws IOException {
        try (FileChannel log =
                FileChannel.open(partition().resolve("00000000000000000000.log"), StandardOpenOption.WRITE)) {
            log.truncate(bytes);
        }
        try (Stream<Path> files = Files.walk(folder.resolve("kafka"), 2)) {
            for (Path file : files.filter(EmbeddedBrokerIT::isBeside).toList()) {
                Files.delete(file);
            }
        }
    }

    private static boolean isBeside(Path file) {
        String name = file.getFileName().toString();
        return name.equals(".kafka_cleanshutdown")
                || name.endsWith("-checkpoint") && !name.startsWith("leader-epoch")
                || name.endsWith(".snapshot") && file.getParent().endsWith("cut-0");
    }

    private static Producer<String, String> producer(EmbeddedBroker broker) {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        broker.bootstrapServers(),
                        "transactional.id",
                        "writer-" + NEXT.getAndIncrement()),
                new StringSerializer(),
                new StringSerializer());
    }

    private static Consumer<String, String> consumer(EmbeddedBroker broker) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        broker.bootstrapServers(),
                        "isolation.level",
                        "read_committed",
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
    }
}
