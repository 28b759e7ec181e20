package io.keyferry.cli.campaign;

import io.keyferry.sandbox.kms.Faults;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Draws faults: which, to what, and for how long follows from the random numbers alone. */
final class FaultDraw {

    private static final String DATABASE = "PostgreSQL";
    private static final String KAFKA = "Kafka";
    private static final String KMS = "KMS";

    /** Longer than every time-out of the stages' clients, than a group's session and than a transaction may last. */
    private static final Duration LONG = Duration.ofSeconds(18);

    private final Site site;
    private final Fleet fleet;
    private final SplittableRandom random;
    private final List<Supplier<Fault>> kinds;

    FaultDraw(Site site, Fleet fleet, SplittableRandom random) {
        this.site = site;
        this.fleet = fleet;
        this.random = random;
        // a kind comes as often as its weight says, and no kind is left out for long
        kinds = Stream.of(
                        weighted(6, this::kill),
                        weighted(3, this::terminate),
                        weighted(4, this::freeze),
                        weighted(2, this::crashDatabase),
                        weighted(1, this::restartDatabase),
                        weighted(2, this::cutDatabase),
                        weighted(2, this::stallDatabase),
                        weighted(2, this::terminateSessions),
                        weighted(2, this::terminateSlotReader),
                        weighted(2, this::killKafka),
                        weighted(1, this::restartKafka),
                        weighted(2, this::cutKafka),
                        weighted(1, this::stallKafka),
                        weighted(
                                2,
                                () -> kmsFault(
                                        "throttled",
                                        0.5,
                                        io.keyferry.sandbox.kms.Fault.error("ThrottlingException", 400))),
                        weighted(
                                2,
                                () -> kmsFault(
                                        "with 5xx",
                                        0.3,
                                        io.keyferry.sandbox.kms.Fault.error("KMSInternalException", 500))),
                        weighted(1, () -> kmsFault("hanging", 0.1, io.keyferry.sandbox.kms.Fault.hang())),
                        weighted(1, () -> kmsFault("cutting connections", 0.2, io.keyferry.sandbox.kms.Fault.cut())),
                        weighted(
                                1,
                                () -> kmsFault(
                                        "with an expired credential",
                                        1,
                                        io.keyferry.sandbox.kms.Fault.error("ExpiredTokenException", 400))),
                        weighted(2, this::kmsOutage))
                .flatMap(List::stream)
                .collect(Collectors.toList());
    }

    private static List<Supplier<Fault>> weighted(int weight, Supplier<Fault> kind) {
        return IntStream.range(0, weight).mapToObj(i -> kind).toList();
    }

    Fault next() {
        return kinds.get(random.nextInt(kinds.size())).get();
    }

    private Fleet.Member member() {
        return fleet.members().get(random.nextInt(fleet.members().size()));
    }

    /** Short, and now and then longer than anybody waits. */
    private Duration some() {
        return random.nextInt(5) == 0 ? LONG : Duration.ofMillis(random.nextInt(200, 3000));
    }

    private Fault kill() {
        Fleet.Member member = member();
        return new Fault(
                "kill -9 " + member,
                member,
                Duration.ofMillis(random.nextInt(3000)),
                () -> {
                    member.away();
                    member.process().kill();
                },
                member::back);
    }

    private Fault terminate() {
        Fleet.Member member = member();
        return new Fault(
                "SIGTERM to " + member,
                member,
                Duration.ofMillis(random.nextInt(1000)),
                () -> {
                    member.away();
                    member.process().terminate();
                },
                member::back);
    }

    private Fault freeze() {
        Fleet.Member member = member();
        return new Fault(
                "SIGSTOP to " + member,
                member,
                some(),
                () -> member.process().stop(),
                () -> member.process().resume());
    }

    private Fault crashDatabase() {
        return new Fault("crash of PostgreSQL", DATABASE, some(), site::crashPostgres, site::startPostgresAgain);
    }

    private Fault restartDatabase() {
        return new Fault("restart of PostgreSQL", DATABASE, some(), site::stopPostgres, site::startPostgresAgain);
    }

    private Fault cutDatabase() {
        return Fault.sudden(
                "connections to PostgreSQL cut",
                DATABASE,
                () -> site.postgresProxy().cut());
    }

    private Fault stallDatabase() {
        return new Fault(
                "connections to PostgreSQL hang",
                DATABASE,
                some(),
                () -> site.postgresProxy().stall(),
                () -> site.postgresProxy().resume());
    }

    private Fault terminateSessions() {
        return Fault.sudden(
                "sessions terminated",
                DATABASE,
                () -> site.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type IN"
                        + " ('client backend', 'walsender') AND application_name NOT LIKE 'application%'"
                        + " AND pid <> pg_backend_pid()"));
    }

    private Fault terminateSlotReader() {
        return Fault.sudden(
                "the slot's connection terminated",
                DATABASE,
                () -> site.sql(
                        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active_pid IS NOT NULL"));
    }

    private Fault killKafka() {
        return new Fault("kill -9 Kafka", KAFKA, some(), site::killKafka, this::kafkaBack);
    }

    private Fault restartKafka() {
        return new Fault("restart of Kafka", KAFKA, some(), site::stopKafka, this::kafkaBack);
    }

    private void kafkaBack() {
        site.startKafka();
        site.awaitKafka();
    }

    private Fault cutKafka() {
        return Fault.sudden(
                "connections to Kafka cut", KAFKA, () -> site.kafkaProxy().cut());
    }

    private Fault stallKafka() {
        return new Fault(
                "connections to Kafka hang",
                KAFKA,
                some(),
                () -> site.kafkaProxy().stall(),
                () -> site.kafkaProxy().resume());
    }

    private Fault kmsFault(String name, double share, io.keyferry.sandbox.kms.Fault fault) {
        return new Fault(
                "KMS " + name,
                KMS,
                Duration.ofMillis(random.nextInt(500, 4000)),
                () -> site.kms().faults().fraction(share, Faults.ANY_OPERATION, fault),
                () -> site.kms().faults().clear());
    }

    private Fault kmsOutage() {
        return new Fault("KMS away", KMS, some(), site::stopKms, site::startKms);
    }
}
