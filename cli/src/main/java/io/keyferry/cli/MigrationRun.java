package io.keyferry.cli;

import io.keyferry.cli.check.TableSizes;
import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.dashboard.RunFigures;
import io.keyferry.cli.http.HealthReport;
import io.keyferry.cli.kafka.KafkaWatch;
import io.keyferry.cli.kms.KmsTrouble;
import io.keyferry.cli.meters.RunMeters;
import io.keyferry.cli.steering.ControlWatch;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Interruption;
import io.keyferry.database.Database;
import io.keyferry.kms.KmsConnection;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.Stage;
import io.keyferry.model.StageHealth;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.keyferry.model.pace.Cause;
import io.keyferry.sink.SinkStage;
import io.keyferry.snapshot.SnapshotStage;
import io.keyferry.stream.KeyRing;
import io.keyferry.stream.StreamProcessorStage;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs stages in this process until what was asked for is reached, they fail, or somebody ends the run. */
final class MigrationRun implements AutoCloseable {

    private static final long LOOK_MILLIS = 100;
    private static final Duration ACCOUNTS = Duration.ofSeconds(30);
    private static final Duration MEASURE = Duration.ofSeconds(1);

    private final Migration migration;
    private final KmsConnection kms;
    private final KmsTrouble trouble;
    private final KafkaWatch watch;
    private final ControlWatch control;
    private final ProgressDisplay display;
    private final Map<StageName, Stage> stages = new EnumMap<>(StageName.class);
    private final RunMeters meters;
    private final RunProgress progress;
    private final RunPace pace;
    private final RunFigures figures;
    private final long begun = System.nanoTime();
    private long measured = begun;

    /** How a run ended. */
    enum End {
        REACHED,
        ONLY_DEAD_LETTERS_REMAIN,
        TIMED_OUT,
        INTERRUPTED
    }

    /** @param sweeping whether the sink is to read the tables by itself, or only to apply what is fed in */
    MigrationRun(
            Migration migration,
            List<TableLayout> layouts,
            Set<StageName> wanted,
            Database database,
            KmsConnection kms,
            KmsTrouble trouble,
            Map<String, Object> kafka,
            Console console,
            RunMeters meters,
            boolean sweeping) {
        this.migration = migration;
        this.meters = meters;
        this.kms = kms;
        this.trouble = trouble;
        // read before anything starts: what is paused starts paused
        control = new ControlWatch(
                new Topics(migration.name()).control(),
                kafka,
                steering -> kms.throttle(steering.ceiling(migration.keys().maxRequestsPerSecond())));
        BooleanSupplier paused = () -> control.now().isPaused();
        meters.paused(paused);
        if (wanted.contains(StageName.SNAPSHOT)) {
            stages.put(
                    StageName.SNAPSHOT,
                    new SnapshotStage(migration, layouts, database, kafka, meters.registry(), paused));
        }
        if (wanted.contains(StageName.STREAM_PROCESSOR)) {
            stages.put(
                    StageName.STREAM_PROCESSOR,
                    new StreamProcessorStage(
                            migration,
                            layouts,
                            kms.service(),
                            new KeyRing(),
                            kafka,
                            kms::share,
                            meters.registry(),
                            paused,
                            kms::hold));
            meters.streamProcessorLag(StageName.STREAM_PROCESSOR.word());
        }
        Supplier<Optional<String>> sinkLimit = Optional::empty;
        Supplier<Optional<Cause>> sinkCause = Optional::empty;
        if (wanted.contains(StageName.SINK)) {
            SinkStage sink = new SinkStage(migration, layouts, database, kafka, meters.registry(), paused, sweeping);
            stages.put(StageName.SINK, sink);
            sinkLimit = sink::limit;
            sinkCause = sink::limitedBy;
            meters.sinkLag(StageName.SINK.word());
        }
        pace = new RunPace(
                Optional.of(kms).filter(used -> wanted.contains(StageName.STREAM_PROCESSOR)),
                migration.keys().maxRequestsPerSecond(),
                sinkLimit,
                sinkCause,
                control::now);
        Map<TableName, OptionalLong> values = TableSizes.values(migration.tables(), database);
        display = new ProgressDisplay(
                console, values, sweeping ? "reading the snapshot" : "moving the canary", pace::now);
        figures = new RunFigures(values, migration.keys().maxRequestsPerSecond(), kms, control::now);
        watch = new KafkaWatch(
                kafka,
                Stream.concat(
                                Topics.of(migration).stream().map(Topics.Topic::name),
                                migration.tables().stream().map(table -> migration.changeTopic(table.name())))
                        .collect(Collectors.toSet()));
        progress = new RunProgress(new Topics(migration.name()).progress(), kafka);
        stages.keySet().forEach(stage -> meters.stage(stage.word(), () -> health(stage)));
    }

    /** Starts the stages, unless somebody has ended the run already. */
    void start(Interruption interruption) {
        if (!interruption.isAsked()) {
            stages.values().forEach(Stage::start);
        }
    }

    /**
     * Shows how the stages get on, and returns when what is waited for is there.
     *
     * @param until empty to wait until interrupted
     * @throws KeyFerryException where a stage cannot go on
     */
    End await(Optional<Until> until, Optional<Duration> timeout, Interruption interruption)
            throws InterruptedException {
        Optional<End> end = awaited(() -> until.flatMap(this::reached), timeout, interruption);
        if (end.isPresent()) {
            awaitAccounts(interruption);
            return end.get();
        }
        return interruption.isAsked() ? End.INTERRUPTED : End.TIMED_OUT;
    }

    /** Values that have an outcome, since the migration began. */
    long settled() {
        progress.refresh();
        return progress.totals().settled();
    }

    /**
     * Shows how the stages get on until so many values have an outcome.
     *
     * @return false where somebody ends it, or the time is up
     */
    boolean awaitSettled(long values, Optional<Duration> timeout, Interruption interruption)
            throws InterruptedException {
        return awaited(
                        () -> progress.totals().settled() >= values ? Optional.of(End.REACHED) : Optional.empty(),
                        timeout,
                        interruption)
                .isPresent();
    }

    /** Empty where somebody ends it, or the time is up. */
    private Optional<End> awaited(
            Supplier<Optional<End>> reached, Optional<Duration> timeout, Interruption interruption)
            throws InterruptedException {
        while (!interruption.await(LOOK_MILLIS)) {
            watch.failIfTopicsAreGone();
            failIfAStageEnded();
            progress.refresh();
            display.show(progress, trouble());
            measure();
            Optional<End> end = reached.get();
            if (end.isPresent()) {
                return end;
            }
            if (timeout.isPresent() && took().compareTo(timeout.get()) > 0) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private void measure() {
        long now = System.nanoTime();
        if (now - measured > MEASURE.toNanos()) {
            measured = now;
            progress.show(meters.progress());
            figures.update(progress.byTable(), pace.now(), pace.cause(), trouble());
        }
    }

    private Optional<End> reached(Until until) {
        Optional<Progress.Sweep> sweep = progress.sweep();
        if (sweep.filter(until::reached).isPresent()) {
            return Optional.of(End.REACHED);
        }
        return sweep.filter(Progress.Sweep::onlyDeadLettersRemain).map(found -> End.ONLY_DEAD_LETTERS_REMAIN);
    }

    /**
     * Each stage tells its counts a moment after it has committed them, or when it starts again: where nothing was left to
     * do, that may be after the sweep has found so, since a group waits for members that were killed.
     */
    private void awaitAccounts(Interruption interruption) throws InterruptedException {
        long end = System.nanoTime() + ACCOUNTS.toNanos();
        while (!progress.totals().balanced() && System.nanoTime() < end && !interruption.await(LOOK_MILLIS)) {
            failIfAStageEnded();
            progress.refresh();
        }
    }

    private void failIfAStageEnded() {
        for (Stage stage : stages.values()) {
            if (stage.ended().isDone()) {
                try {
                    stage.ended().join();
                } catch (CompletionException e) {
                    throw e.getCause() instanceof KeyFerryException known
                            ? known
                            : new KeyFerryException("A stage failed: " + e.getCause(), e.getCause());
                }
            }
        }
    }

    /** How every stage is now; answers at once. */
    HealthReport health() {
        Map<String, StageHealth> all = new LinkedHashMap<>();
        stages.keySet().forEach(stage -> all.put(stage.word(), health(stage)));
        return new HealthReport(all);
    }

    /** What the stage cannot know by itself belongs to it: its clients wait in silence. */
    private StageHealth health(StageName stage) {
        StageHealth own = stages.get(stage).health();
        Optional<String> waits =
                watch.now().or(() -> stage == StageName.STREAM_PROCESSOR ? trouble.lasting() : Optional.empty());
        if (own.live() && control.now().isPaused()) {
            // as it should be: no other start, and no other instance, would change it
            return StageHealth.ready(control.now().words().orElseThrow());
        }
        if (!own.live() || waits.isEmpty()) {
            return own;
        }
        return StageHealth.waiting(own.ready() ? waits.get() : own.detail() + "; " + waits.get());
    }

    /** What keeps the stages waiting now, in words. */
    Optional<String> trouble() {
        return trouble.now().or(watch::now);
    }

    /** What the dashboard shows of this run. */
    RunFigures figures() {
        return figures;
    }

    private Duration took() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    RunSummary summary() {
        progress.refresh();
        return RunSummary.of(migration.name(), progress, kms.metrics(), took());
    }

    /**
     * All at once: none needs another to stop, for each records as done only what the next one holds durably. On threads
     * of their own, because where there are few processors the common ones would close one after the other.
     */
    @Override
    public void close() {
        CompletableFuture<?>[] closing = Stream.concat(
                        stages.values().stream().<Runnable>map(stage -> stage::close),
                        Stream.of(watch::close, progress::close, control::close))
                .map(close -> CompletableFuture.runAsync(close, task -> new Thread(task, "keyferry-close").start()))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(closing).join();
    }
}
