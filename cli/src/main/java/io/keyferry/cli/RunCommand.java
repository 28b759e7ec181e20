package io.keyferry.cli;

import io.keyferry.cli.check.Preparation;
import io.keyferry.cli.configuration.Configuration;
import io.keyferry.cli.configuration.MigrationArguments;
import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.dashboard.OutsideLook;
import io.keyferry.cli.dashboard.RunDashboard;
import io.keyferry.cli.http.RunServer;
import io.keyferry.cli.http.Token;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kms.KmsTrouble;
import io.keyferry.cli.meters.RunMeters;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Counter;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.sink.CanaryRows;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry run}: all stages in one process, or those named. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Runs the migration: all stages in this process, or those named.",
        footer = {
            "",
            "Examples:",
            "  keyferry run                                    until Ctrl-C; the next run goes on where it stopped",
            "  keyferry run --canary 5                         five rows of every table first, verified; then it pauses",
            "  keyferry run migration.yaml --until-done --json",
            "  keyferry run migration.yaml --until caught-up --timeout 2h",
            "  keyferry run migration.yaml stream-processor sink"
        })
final class RunCommand implements Callable<Integer> {

    /** Of the rate, for what is asked of KMS before this instance has partitions: others may be at work with all of it. */
    private static final double LOOKING = 0.125;

    /** What schedulers of containers allow is 10 s. Before the stages start, there is nothing to bring to an end. */
    private static final Duration STOP = Duration.ofSeconds(9);

    /** A chunk of a table: it is read at once. */
    private static final int MOST_CANARIES = 1000;

    private static final Duration STOP_LOOKING = Duration.ofSeconds(1);

    @ParentCommand
    private Interruptible main;

    @Parameters(
            paramLabel = "FILE|STAGE",
            arity = "0..*",
            description = "migration.yaml (default: ./migration.yaml), then any of snapshot, stream-processor, sink.")
    private List<String> words = new ArrayList<>();

    @Option(
            names = "--until",
            paramLabel = "STATE",
            description = "End when caught-up (only values written after the last sweep began are under a source key)"
                    + " or drained (none is).")
    private String until;

    @Option(names = "--until-done", description = "The same as --until drained.")
    private boolean untilDone;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description =
                    "With --until and --canary: give up after this time, such as 90s, 30m or 2h, and say what remains.")
    private String timeout;

    @Option(
            names = "--canary",
            paramLabel = "N",
            description = "Before the first run: move N rows of every table, pause the migration, show that each value"
                    + " decrypts in every Region, and end.")
    private Integer canary;

    @Option(names = "--json", description = "Print the summary as one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        MigrationArguments arguments = MigrationArguments.parse(words);
        Optional<Until> end = untilDone
                ? Optional.of(Until.DRAINED)
                : Optional.ofNullable(until).map(Until::of);
        Optional<Duration> limit = Optional.ofNullable(timeout).map(RunCommand::duration);
        if (limit.isPresent() && end.isEmpty() && canary == null) {
            throw new UsageException("--timeout goes with --until, --until-done or --canary");
        }
        Console console = Console.of(json);
        Migration migration = Configuration.load(arguments.file(), console);
        Set<StageName> stages = arguments.stages(migration);
        if (canary != null) {
            checkCanary(migration, end, stages);
        }
        RunHealth health = new RunHealth(stages);
        RunDashboard dashboard = new RunDashboard(migration, health);
        Optional<Token> chosen = Token.chosen(migration.http(), System.getenv());
        // where it is no terminal, what is printed is a log
        Optional<String> random =
                chosen.isEmpty() && console.isTerminal() ? Optional.of(Token.random()) : Optional.empty();
        Token token = chosen.or(() -> random.map(Token::of)).orElseGet(Token::none);
        try (RunMeters meters = new RunMeters(migration, Version.number());
                RunServer server = RunServer.start(migration.http(), token, health, meters::scrape, dashboard)) {
            console.line("  Health     " + server.address() + "/health/ready");
            console.line("  Dashboard  " + server.address() + "/"
                    + random.map(text -> "   token " + text)
                            .orElse(
                                    chosen.isPresent()
                                            ? ""
                                            : "   without a token, nobody can steer from it: " + Token.VARIABLE
                                                    + " or http.tokenFile"));
            return run(migration, arguments.file(), stages, end, limit, console, health, dashboard, meters);
        }
    }

    private void checkCanary(Migration migration, Optional<Until> end, Set<StageName> stages) {
        if (canary < 1 || canary > MOST_CANARIES) {
            throw new UsageException("--canary takes 1 to " + MOST_CANARIES + " rows of every table, not " + canary);
        }
        if (end.isPresent()) {
            throw new UsageException("--canary ends by itself, and takes neither --until nor --until-done");
        }
        if (migration.changes().isPresent() || !stages.equals(EnumSet.allOf(StageName.class))) {
            throw new UsageException(
                    "--canary is for all stages in one process, not for some of them, nor for changes"
                            + " that a connector of your own brings: its topics hold other rows. To go on gently: keyferry throttle");
        }
    }

    private int run(
            Migration migration,
            Path file,
            Set<StageName> stages,
            Optional<Until> end,
            Optional<Duration> limit,
            Console console,
            RunHealth health,
            RunDashboard dashboard,
            RunMeters meters)
            throws Exception {
        main.interruption().stopWithin(STOP_LOOKING);
        JdbcDatabase database = JdbcDatabase.of(migration.database());
        KmsTrouble trouble = new KmsTrouble();
        try (KmsConnection kms = KeyServices.open(
                migration.keys().region(), migration.keys().maxRequestsPerSecond(), trouble, meters.registry())) {
            meters.kms(kms);
            kms.share(LOOKING);
            health.waitsFor("the database, the keys, a sample of every column and Kafka are looked at");
            boolean reEncrypts = stages.contains(StageName.STREAM_PROCESSOR);
            Preparation preparation = new Preparation(migration, database, console);
            if (reEncrypts) {
                preparation.tellKeys(endpoint(migration));
            }
            List<TableLayout> layouts = preparation.run(
                    Optional.of(kms.withoutRetries()).filter(any -> reEncrypts),
                    stages.contains(StageName.SNAPSHOT),
                    Optional.of(file));
            health.waitsFor("Kafka's topics are made");
            if (migration.kafka().isEmpty()) {
                main.interruption().stopWithin(STOP);
            }
            try (KafkaAccess kafka = KafkaAccess.of(migration, file)) {
                console.line("  Kafka      " + kafka.description());
                kafka.createTopics(migration);
                Stages all = (wanted, sweeping) -> new MigrationRun(
                        migration,
                        layouts,
                        wanted,
                        database,
                        kms,
                        trouble,
                        meters.kafka(kafka.properties()),
                        console,
                        meters,
                        sweeping);
                if (canary != null) {
                    return canary(
                            new Canary(migration, layouts, database, kafka, console), all, limit, health, console);
                }
                try (MigrationRun run = started(all.of(stages, true), health);
                        OutsideLook look = new OutsideLook(migration, file, database, kafka)) {
                    dashboard.runs(run.figures(), look, kafka);
                    MigrationRun.End ended = run.await(end, limit, main.interruption());
                    return tell(run.summary(), ended, run.trouble(), end, console);
                }
            }
        }
    }

    /** The run to come. */
    private interface Stages {
        MigrationRun of(Set<StageName> wanted, boolean sweeping);
    }

    private MigrationRun started(MigrationRun run, RunHealth health) {
        health.runs(run);
        main.interruption().stopWithin(STOP);
        run.start(main.interruption());
        return run;
    }

    private int canary(Canary trial, Stages all, Optional<Duration> limit, RunHealth health, Console console)
            throws InterruptedException {
        trial.requireNotBegun();
        Optional<CanaryRows.Fed> moved;
        // without the snapshot stage and the sweep: nothing but the canary is read
        try (MigrationRun run =
                started(all.of(EnumSet.of(StageName.STREAM_PROCESSOR, StageName.SINK), false), health)) {
            moved = trial.move(run, canary, limit, main.interruption());
        }
        if (moved.isPresent()) {
            return trial.verify(moved.get(), json);
        }
        console.line("  not all of the canary has moved; the migration is paused, until keyferry resume");
        return main.interruption().isAsked() ? ExitCode.INTERRUPTED : ExitCode.FAILED;
    }

    /** Where the AWS SDK's own configuration points, as far as it is told here: it looks into profiles too. */
    private static String endpoint(Migration migration) {
        return Stream.of(
                        System.getProperty("aws.endpointUrlKms"),
                        System.getenv("AWS_ENDPOINT_URL_KMS"),
                        System.getProperty("aws.endpointUrl"),
                        System.getenv("AWS_ENDPOINT_URL"))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("the endpoint that the AWS configuration gives for "
                        + migration.keys().region());
    }

    private int tell(
            RunSummary summary,
            MigrationRun.End ended,
            Optional<String> trouble,
            Optional<Until> until,
            Console console) {
        summary.print(console);
        if (json) {
            System.out.println(summary.json());
        }
        return switch (ended) {
            case REACHED -> 0;
            case INTERRUPTED -> {
                console.line("  stopped; the next run goes on here");
                yield ExitCode.INTERRUPTED;
            }
            case ONLY_DEAD_LETTERS_REMAIN -> {
                console.line("  not " + until.orElseThrow().word() + ": what remains is in the dead-letter topic "
                        + summary.migration()
                        + ".dead-letters; `keyferry dead-letters list` tells why, and what cures it");
                yield ExitCode.FAILED;
            }
            case TIMED_OUT -> {
                console.line("  not " + until.orElseThrow().word() + " within the time given: "
                        + trouble.map(text -> text + "; ").orElse("") + why(summary));
                yield ExitCode.FAILED;
            }
        };
    }

    private static String why(RunSummary summary) {
        long underWay = summary.counts().get(Counter.SEEN) - summary.counts().settled();
        if (underWay > 0) {
            return Figures.count(underWay) + " values are under way";
        }
        return summary.remainingValues()
                .map(values -> values > 0
                        ? Figures.count(values) + " values remain, " + Figures.count(summary.deadLettersRemaining())
                                + " of them dead-lettered"
                        : "the application still writes under a source key")
                .orElse("no sweep has ended yet");
    }

    /** A time as --timeout takes it. */
    static Duration duration(String text) {
        try {
            return Duration.parse("PT" + text.strip().toUpperCase(Locale.ROOT));
        } catch (DateTimeParseException e) {
            throw new UsageException("--timeout takes a time such as 90s, 30m or 2h, not '" + text + "'");
        }
    }
}
