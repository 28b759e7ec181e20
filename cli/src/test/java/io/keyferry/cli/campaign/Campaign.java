package io.keyferry.cli.campaign;

import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import io.keyferry.model.SnapshotMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A migration under an application's writes, and faults drawn from a seed that befall every part of it. Every so many
 * faults, all is healed, and what the application committed is looked for. Used by one thread.
 */
final class Campaign implements AutoCloseable {

    private static final String NAME = "campaign";
    private static final int FAULTS_BETWEEN_VERDICTS = 25;
    private static final Duration DRAIN = Duration.ofMinutes(4);
    private static final Duration START = Duration.ofMinutes(2);
    private static final long TICK = 50;

    private final Report report;
    private final SplittableRandom random;
    private final Site site;
    private final Application application;
    private final Fleet fleet;
    private final FaultDraw draw;
    private final List<Running> running = new ArrayList<>();

    private record Running(Fault fault, long ends) {}

    Campaign(Path folder, long seed, Report report) throws SQLException {
        this.report = report;
        random = new SplittableRandom(seed);
        site = new Site(folder);
        site.sql(Encrypted.TABLES.toArray(String[]::new));
        application = new Application(site, random.split());
        SnapshotMode mode = SnapshotMode.values()[random.nextInt(SnapshotMode.values().length)];
        report.line("snapshot: %s", mode.word());
        write(folder.resolve("migration.yaml"), mode);
        fleet = new Fleet(site);
        draw = new FaultDraw(site, fleet, random.split());
    }

    private void write(Path file, SnapshotMode mode) {
        try {
            Files.writeString(
                    file,
                    """
                    name: %s
                    database:
                      url: %s
                      credentials:
                        user: %s
                        passwordEnv: DATABASE_PASSWORD
                    keys:
                      region: %s
                      source: [%s]
                      target: %s
                      replicas: [%s]
                    kafka:
                      bootstrapServers: %s
                      replicationFactor: 1
                      properties:
                        request.timeout.ms: "6000"
                        default.api.timeout.ms: "12000"
                        delivery.timeout.ms: "12000"
                        max.block.ms: "12000"
                        reconnect.backoff.max.ms: "500"
                    snapshot: %s
                    """.formatted(
                                            NAME,
                                            site.databaseUrl(),
                                            site.user(),
                                            Site.REGION,
                                            site.sourceKey(),
                                            site.targetKey(),
                                            Site.REPLICA_REGION,
                                            site.bootstrapServers(),
                                            mode.word())
                            + Encrypted.YAML);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Faults until there were so many, a verdict now and then and one at the end. */
    void run(int faults) throws InterruptedException, SQLException {
        for (int done = 0; done < faults; ) {
            int end = Math.min(faults, done + FAULTS_BETWEEN_VERDICTS);
            application.start();
            awaitWork();
            for (; done < end; done++) {
                double part = (double) (end - done) / FAULTS_BETWEEN_VERDICTS;
                application.writeUnderTarget(part > 0.6 ? 0 : part > 0.3 ? 0.5 : 1);
                if (random.nextBoolean()) {
                    awaitWork();
                }
                wait(Duration.ofMillis(random.nextInt(200, 2500)));
                begin(draw.next());
            }
            while (!running.isEmpty()) {
                tick();
            }
            application.writeUnderTarget(1);
            application.stop();
            judge();
        }
    }

    /** Faults that only ever meet stages which are still starting would prove little. */
    private void awaitWork() throws InterruptedException {
        long begun = System.nanoTime();
        while (!fleet.isAtWork()) {
            if (System.nanoTime() - begun > START.toNanos()) {
                throw new AssertionError("the stages do not start; see the logs in " + site.folder());
            }
            tick();
        }
    }

    private void begin(Fault fault) throws InterruptedException {
        while (running.stream().anyMatch(other -> other.fault().part().equals(fault.part()))) {
            tick();
        }
        report.fault(fault);
        fault.begin().run();
        running.add(new Running(fault, System.nanoTime() + fault.lasts().toNanos()));
        tick();
    }

    private void wait(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            tick();
        }
    }

    private void tick() throws InterruptedException {
        for (Running one : List.copyOf(running)) {
            if (System.nanoTime() >= one.ends()) {
                one.fault().end().run();
                running.remove(one);
            }
        }
        fleet.tend();
        Thread.sleep(TICK);
    }

    /** With the application at rest and everything healed. */
    private void judge() throws InterruptedException, SQLException {
        try (Accounts accounts = new Accounts(NAME, site.bootstrapServers())) {
            awaitDrained(accounts);
            judge(accounts);
        }
    }

    private void judge(Accounts accounts) throws SQLException {
        site.kms().quota(Double.POSITIVE_INFINITY);
        try (Connection connection = site.connect("campaign");
                ReplicaKms kms = new ReplicaKms(site.kms().endpoint(), Site.REPLICA_REGION, site.replicaKey())) {
            report.verdict(new Verdict(application.ledger(), connection, kms), accounts, application.ledger());
        }
        site.kms().quota(Site.QUOTA);
    }

    private void awaitDrained(Accounts accounts) throws InterruptedException {
        accounts.told();
        long before = accounts.sweep().map(Progress.Sweep::number).orElse(0L);
        long end = System.nanoTime() + DRAIN.toNanos();
        while (true) {
            Optional<Progress.Sweep> sweep = accounts.sweep();
            // the one that was under way may have read a table before its last write
            if (sweep.filter(found -> found.number() > before + 1 && found.drained())
                    .isPresent()) {
                break;
            }
            if (System.nanoTime() > end) {
                report.stuck(sweep, accounts.told());
            }
            tick();
        }
        for (Counts told = accounts.told(); !told.balanced() && System.nanoTime() < end; told = accounts.told()) {
            tick();
        }
    }

    /** Every process of a stage that ended by itself although it had been at work. */
    List<String> gaveUp() {
        return fleet.gaveUp();
    }

    /** Without the source key, and with all stages gone. */
    void judgeWithoutTheSourceKey() throws SQLException {
        fleet.close();
        site.disableSourceKey();
        try (Accounts accounts = new Accounts(NAME, site.bootstrapServers())) {
            judge(accounts);
        }
    }

    @Override
    public void close() {
        running.forEach(one -> one.fault().end().run());
        fleet.close();
        site.close();
    }
}
