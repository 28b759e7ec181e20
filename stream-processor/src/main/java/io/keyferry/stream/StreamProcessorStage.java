package io.keyferry.stream;

import io.keyferry.kms.KeyService;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Stage;
import io.keyferry.model.StageHealth;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
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
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(6);
    private static final int THREADS = 2;
    private static final int SMALLEST_BATCH = 10;
    private static final int LARGEST_BATCH = 1000;
    private static final String CHANGES = "changes";
    private static final String PROCESSOR = "re-encryption";

    private final Migration migration;
    private final KeyRing ring;
    private final WorkUnderWay underWay;
    private final Patience patience = new Patience();
    private final DeadLetterLimit limit;
    private final DeadLetterMeter deadLetters;
    private final Map<String, Object> kafka;
    private final DoubleConsumer rateShare;
    private final BooleanSupplier paused;
    private final Consumer<Boolean> hold;
    private final UnknownFailures failures = new UnknownFailures();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private StateFolder stateFolder;
    private RateShare share;
    private StandStill standStill;
    private volatile KafkaStreams streams;

    /** A stage that is neither measured nor paused. */
    public StreamProcessorStage(
            Migration migration,
            List<TableLayout> layouts,
            KeyService kms,
            KeyRing ring,
            Map<String, Object> kafka,
            DoubleConsumer rateShare) {
        this(migration, layouts, kms, ring, kafka, rateShare, new CompositeMeterRegistry(), () -> false, hold -> {});
    }

    /**
     * @param layouts of the migration's tables
     * @param kms of the keys' Region
     * @param kafka client properties: bootstrap.servers, security
     * @param rateShare is told which part of the migration's rate is this instance's, 0 to 1, whenever that changes
     * @param paused whether nothing is to be re-encrypted at present
     * @param hold is told whether calls to KMS are to be held
     */
    public StreamProcessorStage(
            Migration migration,
            List<TableLayout> layouts,
            KeyService kms,
            KeyRing ring,
            Map<String, Object> kafka,
            DoubleConsumer rateShare,
            MeterRegistry meters,
            BooleanSupplier paused,
            Consumer<Boolean> hold) {
        this.paused = paused;
        this.hold = hold;
        this.migration = migration;
        this.rateShare = rateShare;
        this.ring = ring;
        this.kafka = Map.copyOf(kafka);
        underWay =
                new WorkUnderWay(ChangeReaders.of(migration, layouts), Reencryption.of(migration, kms, ring), patience);
        limit = new DeadLetterLimit(migration.maxDeadLetters());
        deadLetters = new DeadLetterMeter(meters);
    }

    @Override
    public void start() {
        stateFolder = StateFolder.create();
        share = new RateShare(migration.inputTopics(), kafka, rateShare);
        streams = new KafkaStreams(topology(), new StreamsConfig(config()), new StreamClients());
        streams.setUncaughtExceptionHandler(this::onFailure);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.ERROR) {
                ended.completeExceptionally(new KeyFerryException("The stream-processor stopped; see its log."));
            }
        });
        standStill = new StandStill(paused, streams, underWay, hold);
        standStill.start();
        streams.start();
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended;
    }

    @Override
    public StageHealth health() {
        if (ended.isCompletedExceptionally()) {
            return StageHealth.failed("it has failed; the process ends and says why");
        }
        KafkaStreams running = streams;
        if (running == null) {
            return StageHealth.waiting("starting");
        }
        return switch (running.state()) {
            case RUNNING -> StageHealth.ready("re-encrypting what changes bring");
            case CREATED, REBALANCING -> StageHealth.waiting("joining its group, or sharing out partitions anew");
            case PENDING_SHUTDOWN, NOT_RUNNING -> StageHealth.waiting("stopping");
            case PENDING_ERROR, ERROR -> StageHealth.failed("Kafka Streams has failed; the process ends and says why");
        };
    }

    private Topology topology() {
        Topics topics = new Topics(migration.name());
        ByteArrayDeserializer reader = new ByteArrayDeserializer();
        ByteArraySerializer writer = new ByteArraySerializer();
        return new Topology()
                .addSource(CHANGES, reader, reader, migration.inputTopics().toArray(String[]::new))
                .addProcessor(
                        PROCESSOR,
                        () -> new ReencryptionProcessor(migration, underWay, ring, limit, patience, share, deadLetters),
                        CHANGES)
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
        config.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder.path().toString());
        // one of them starts the calls of its next batch while the other waits for the last answers of its own
        config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, THREADS);
        // under load; whoever has nothing left to do commits at once
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 200);
        config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 4 << 20);
        config.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, -1);
        config.put(StreamsConfig.TASK_TIMEOUT_MS_CONFIG, Duration.ofDays(365).toMillis());
        migration
                .kafka()
                .flatMap(Migration.Kafka::replicationFactor)
                .ifPresent(copies -> config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, copies));
        config.put("main.consumer.auto.offset.reset", "earliest");
        config.put("main.consumer.max.poll.records", batch(migration));
        // it polls while it is paused too: what is then in hand is what a rebalance has to wait for afterwards
        config.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, batch(migration));
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
        // a commit sends what there is
        config.put("producer.linger.ms", 50);
        // a row of many columns has a rewrite of many values; how large a record may be, the topic says
        config.put("producer.max.request.size", Topics.LARGEST_REQUEST);
        config.put("producer.buffer.memory", (long) Topics.LARGEST_REQUEST);
        return config;
    }

    /**
     * Streams processes all of what it has polled before it polls again, and only then takes part in a rebalance; and what
     * has been polled is what a stop, or a move to another instance, has to ask KMS for again. So the batches of all threads
     * together are what the rate allows in half a second: large enough that KMS does not wait for the next one.
     */
    static int batch(Migration migration) {
        int columns = migration.tables().stream()
                .mapToInt(table -> table.columns().size())
                .max()
                .orElse(1);
        int records = migration.keys().maxRequestsPerSecond() / 2 / THREADS / columns / migration.requestsPerValue();
        return Math.max(SMALLEST_BATCH, Math.min(records, LARGEST_BATCH));
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
            standStill.close();
            // given a moment first: what KMS answers meanwhile need not be asked again
            Thread hurry = new Thread(this::endPatience, "keyferry-stream-processor-close");
            hurry.setDaemon(true);
            hurry.start();
            streams.close(CloseOptions.timeout(CLOSE_TIMEOUT)
                    .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
            share.close();
            stateFolder.close();
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
}
