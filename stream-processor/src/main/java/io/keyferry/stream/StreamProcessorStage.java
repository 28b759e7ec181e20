package io.keyferry.stream;

import io.keyferry.kms.KeyService;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Stage;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.Stores;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stage 2: reads changes, re-encrypts what is under a source key, and writes the journal, exactly once. */
public final class StreamProcessorStage implements Stage {

    private static final Logger log = LoggerFactory.getLogger(StreamProcessorStage.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(8);
    private static final String CHANGES = "changes";
    private static final String PROCESSOR = "re-encryption";

    private final Migration migration;
    private final KeyRing ring;
    private final WorkUnderWay underWay;
    private final Patience patience = new Patience();
    private final DeadLetterLimit limit;
    private final Map<String, Object> kafka;
    private final UnknownFailures failures = new UnknownFailures();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private Path stateFolder;
    private KafkaStreams streams;

    /**
     * @param layouts of the migration's tables
     * @param kms of the keys' Region
     * @param kafka client properties: bootstrap.servers, security
     */
    public StreamProcessorStage(
            Migration migration, List<TableLayout> layouts, KeyService kms, KeyRing ring, Map<String, Object> kafka) {
        this.migration = migration;
        this.ring = ring;
        this.kafka = Map.copyOf(kafka);
        underWay = new WorkUnderWay(
                ChangeReaders.of(migration, layouts), new Reencryption(kms, migration.keys(), ring), patience);
        limit = new DeadLetterLimit(migration.maxDeadLetters());
    }

    @Override
    public void start() {
        try {
            // counts are in memory and in their changelog topic; Streams wants a folder for its locks all the same
            stateFolder = Files.createTempDirectory("keyferry-stream-processor");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        streams = new KafkaStreams(topology(), new StreamsConfig(config()), new StreamClients());
        streams.setUncaughtExceptionHandler(this::onFailure);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.ERROR) {
                ended.completeExceptionally(new KeyFerryException("The stream-processor stopped; see its log."));
            }
        });
        streams.start();
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended;
    }

    private Topology topology() {
        Topics topics = new Topics(migration.name());
        String[] sources = Stream.concat(
                        migration.tables().stream().map(table -> migration.changeTopic(table.name())),
                        Stream.of(topics.sweep()))
                .distinct()
                .toArray(String[]::new);
        ByteArrayDeserializer reader = new ByteArrayDeserializer();
        ByteArraySerializer writer = new ByteArraySerializer();
        return new Topology()
                .addSource(CHANGES, reader, reader, sources)
                .addProcessor(
                        PROCESSOR, () -> new ReencryptionProcessor(migration, underWay, ring, limit, patience), CHANGES)
                .addStateStore(
                        // cached, so that its changelog gets one record a column and commit, not one a value
                        Stores.keyValueStoreBuilder(
                                        Stores.inMemoryKeyValueStore(ReencryptionProcessor.COUNTS),
                                        Serdes.ByteArray(),
                                        Serdes.ByteArray())
                                .withCachingEnabled(),
                        PROCESSOR)
                .addSink(ReencryptionProcessor.JOURNAL, topics.journal(), writer, writer, PROCESSOR)
                .addSink(ReencryptionProcessor.DEAD_LETTERS, topics.deadLetters(), writer, writer, PROCESSOR)
                .addSink(ReencryptionProcessor.PROGRESS, topics.progress(), writer, writer, PROCESSOR);
    }

    private Map<String, Object> config() {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, new Topics(migration.name()).streamProcessorGroup());
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        config.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder.toString());
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 4 << 20);
        config.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, -1);
        config.put(StreamsConfig.TASK_TIMEOUT_MS_CONFIG, Duration.ofDays(365).toMillis());
        migration
                .kafka()
                .flatMap(Migration.Kafka::replicationFactor)
                .ifPresent(copies -> config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, copies));
        config.put("main.consumer.auto.offset.reset", "earliest");
        config.put("main.consumer.max.poll.records", 1000);
        // Waiting for KMS is not a failure. Where it takes longer than the transaction may, the producer is fenced and
        // Streams begins the transaction again: nothing is lost or doubled.
        config.put("main.consumer.max.poll.interval.ms", Integer.MAX_VALUE);
        config.put("main.consumer.session.timeout.ms", 10_000);
        config.put("main.consumer.interceptor.classes", CallsOnArrival.class.getName());
        config.put("main.consumer." + CallsOnArrival.WORK, underWay);
        // short: after a kill, an open transaction holds up the readers of the journal until it expires
        config.put("producer.transaction.timeout.ms", 15_000);
        config.put("producer.compression.type", "lz4");
        config.put("producer.batch.size", 256 << 10);
        config.put("producer.linger.ms", 5);
        // a row of many columns has a rewrite of many values; how large a record may be, the topic says
        config.put("producer.max.request.size", Topics.LARGEST_REQUEST);
        config.put("producer.buffer.memory", (long) Topics.LARGEST_REQUEST);
        return config;
    }

    private StreamThreadExceptionResponse onFailure(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof Patience.StageStopping) {
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            }
            if (cause instanceof KeyFerryException known) {
                ended.completeExceptionally(known);
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            }
            if (cause instanceof AuthenticationException
                    || cause instanceof AuthorizationException
                    || cause instanceof RecordTooLargeException) {
                ended.completeExceptionally(new KeyFerryException(
                        "Kafka refuses the stream-processor: " + cause.getMessage()
                                + ". Correct this and run again; nothing is lost.",
                        cause));
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            }
            if (cause instanceof MissingSourceTopicException) {
                ended.completeExceptionally(new KeyFerryException(
                        "A topic that the stream-processor reads has been deleted (the sweep topic, or a table's change"
                                + " topic). Run again: it is made anew, and the sweep finds what was in it.",
                        cause));
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            }
            if (cause instanceof ReencryptionProcessor.RevivedTask) {
                log.warn("Kafka did not answer in time; the stream-processor begins its transactions again");
                return StreamThreadExceptionResponse.REPLACE_THREAD;
            }
            if (cause instanceof ApiException) {
                log.warn("The stream-processor lost its connection to Kafka and starts again: {}", cause.getMessage());
                return StreamThreadExceptionResponse.REPLACE_THREAD;
            }
        }
        // Kafka's clients have states of their own that they do not find out of, such as a commit that timed out: a new
        // thread has new clients, and goes on at the committed offsets.
        if (failures.isTolerable()) {
            log.warn("The stream-processor starts again after a failure", failure);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        }
        log.error("The stream-processor failed again and again", failure);
        ended.completeExceptionally(failure);
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }

    @Override
    public void close() {
        if (streams != null) {
            // given a moment first: what KMS answers meanwhile need not be asked again
            Thread hurry = new Thread(this::endPatience, "keyferry-stream-processor-close");
            hurry.setDaemon(true);
            hurry.start();
            streams.close(CloseOptions.timeout(CLOSE_TIMEOUT)
                    .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
            delete(stateFolder);
        }
        ended.complete(null);
    }

    private void endPatience() {
        try {
            Thread.sleep(CLOSE_TIMEOUT.toMillis() / 4);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        patience.end();
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            log.debug("{} is left behind", folder, e);
        }
    }
}
