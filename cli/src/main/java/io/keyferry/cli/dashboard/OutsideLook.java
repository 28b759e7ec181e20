package io.keyferry.cli.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.letters.LetterGroups;
import io.keyferry.cli.report.ProgressEvidence;
import io.keyferry.cli.report.Readiness;
import io.keyferry.cli.report.ReadinessItem;
import io.keyferry.cli.report.VerificationRecord;
import io.keyferry.cli.status.MigrationStatus;
import io.keyferry.cli.status.StatusReader;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.database.Database;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import io.keyferry.sink.LetterTopic;
import io.keyferry.sink.ProgressReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the migration as {@code keyferry status} and {@code dead-letters list} do, on a thread of its own, and only while
 * somebody asks. Who asks is given what the last look found, at once. A look that fails is told, and the next one may
 * succeed: nothing of the run depends on it.
 */
public final class OutsideLook implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(OutsideLook.class);
    private static final Duration PACE = Duration.ofSeconds(3);
    private static final Duration WATCHED = Duration.ofSeconds(30);
    private static final Duration LETTERS = Duration.ofSeconds(1);
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final Migration migration;
    private final Path file;
    private final Database database;
    private final KafkaAccess kafka;
    private final LetterGroups groups = new LetterGroups(false);
    private final Thread thread = new Thread(this::lookOn, "keyferry-look");
    private StatusReader reader;
    private LetterTopic letters;
    private long asked = System.nanoTime() - WATCHED.toNanos();
    private boolean closing;
    private volatile Seen newest =
            new Seen(Optional.empty(), Optional.empty(), Optional.empty(), List.of(), Optional.empty());

    /**
     * What is known.
     *
     * @param at when it was found; empty before the first look
     * @param letters as {@code dead-letters list --json} tells them, and whether all have been read
     * @param readiness what must be so before the source keys can go; none before the first look
     * @param trouble why the last look failed
     */
    record Seen(
            Optional<Instant> at,
            Optional<MigrationStatus> status,
            Optional<ObjectNode> letters,
            List<ReadinessItem> readiness,
            Optional<String> trouble) {}

    /**
     * Begins to look when it is asked for the first time.
     *
     * @param file migration.yaml, beside which verifications are recorded
     */
    public OutsideLook(Migration migration, Path file, Database database, KafkaAccess kafka) {
        this.migration = migration;
        this.file = file;
        this.database = database;
        this.kafka = kafka;
        thread.setDaemon(true);
        thread.start();
    }

    /** What the last look found; answers at once, and has the next ones go on. */
    synchronized Seen newest() {
        asked = System.nanoTime();
        notifyAll();
        return newest;
    }

    private void lookOn() {
        try {
            while (true) {
                if (!isWatched()) {
                    closeReader();
                }
                if (!awaitsLook()) {
                    return;
                }
                look();
                rest();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closeReader();
            closeLetters();
        }
    }

    /** Returns when somebody watches; false where it is over. */
    private synchronized boolean awaitsLook() throws InterruptedException {
        while (!closing && !isWatched()) {
            wait();
        }
        return !closing;
    }

    private synchronized boolean isWatched() {
        return System.nanoTime() - asked < WATCHED.toNanos();
    }

    private synchronized void rest() throws InterruptedException {
        long end = System.nanoTime() + PACE.toNanos();
        for (long left = PACE.toNanos(); left > 0 && !closing; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** Whatever fails is told to who watches: this must not end the run, nor this thread. */
    private void look() {
        try {
            if (reader == null) {
                reader = new StatusReader(migration, database, kafka);
            }
            MigrationStatus status = reader.look();
            newest = new Seen(
                    Optional.of(Instant.now()),
                    Optional.of(status),
                    Optional.of(readLetters()),
                    readiness(reader.progress()),
                    Optional.empty());
        } catch (RuntimeException e) {
            log.debug("The look for the dashboard failed", e);
            closeReader();
            newest =
                    new Seen(newest.at(), newest.status(), newest.letters(), newest.readiness(), Optional.of(words(e)));
        }
    }

    private static String words(RuntimeException e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** Only what is new: there may be many, and the reader keeps its place. */
    private ObjectNode readLetters() {
        if (letters == null) {
            letters = new LetterTopic(
                    new Topics(migration.name()).deadLetters(),
                    kafka.properties(),
                    letter -> groups.add(List.of(letter), Optional.empty()));
        }
        boolean complete = letters.readOn(LETTERS);
        return groups.json(migration.name()).put("complete", complete);
    }

    /** A record that cannot be read is one of the things that are missing. */
    private List<ReadinessItem> readiness(ProgressReader progress) {
        List<VerificationRecord> verifications = List.of();
        List<ReadinessItem> unreadable = List.of();
        try {
            verifications = VerificationRecord.beside(file, migration);
        } catch (UsageException | UncheckedIOException e) {
            unreadable =
                    List.of(new ReadinessItem("verification records", ReadinessItem.State.UNKNOWN, e.getMessage()));
        }
        return Stream.concat(
                        new Readiness(migration).items(ProgressEvidence.of(progress), verifications).stream(),
                        unreadable.stream())
                .toList();
    }

    private void closeReader() {
        StatusReader open = reader;
        reader = null;
        close(open);
    }

    private void closeLetters() {
        close(letters);
    }

    private static void close(AutoCloseable open) {
        try {
            if (open != null) {
                open.close();
            }
        } catch (Exception e) {
            log.debug("What the dashboard looked with did not close", e);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        thread.interrupt();
        try {
            thread.join(CLOSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
