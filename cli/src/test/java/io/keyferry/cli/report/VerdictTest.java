package io.keyferry.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.letters.RemainingLetters;
import io.keyferry.cli.report.ReadinessItem.State;
import io.keyferry.kms.KeyDescription;
import io.keyferry.kms.KeyUses;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.Retirement;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.SourceKeyUse;
import io.keyferry.model.TableName;
import io.keyferry.sink.ProgressReader.ColumnName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VerdictTest {

    private static final String SOURCE = "arn:aws:kms:us-west-2:111122223333:key/old";
    private static final String TARGET = "arn:aws:kms:us-west-2:111122223333:key/mrk-new";
    private static final Instant MOVED = Instant.parse("2026-03-01T10:00:00Z");
    private static final Instant BEGAN = MOVED.plusSeconds(60);
    private static final Instant ENDED = MOVED.plusSeconds(70);
    private static final Instant VERIFIED = MOVED.plusSeconds(120);
    private static final Instant MADE = Instant.parse("2026-03-02T10:00:00Z");
    private static final ColumnName CARD = new ColumnName(TableName.parse("public.customers"), "card");

    private Retirement retirement = new Retirement(Optional.of(List.of()), List.of(), Set.of());
    private Counts counts = Counts.NONE
            .with(Counter.SEEN, 12)
            .with(Counter.FORWARDED, 10)
            .with(Counter.REWRITTEN, 10)
            .with(Counter.EMPTY, 2);
    private boolean snapshotComplete = true;
    private Optional<Progress.Sweep> sweep = Optional.of(new Progress.Sweep(7, true, Map.of(), 0, Optional.of(BEGAN)));
    private Map<ColumnName, SourceKeyUse> uses = Map.of(CARD, used(Optional.of(MOVED.minusSeconds(5))));
    private Optional<Instant> undone = Optional.empty();
    private List<RemainingLetters> letters = List.of();
    private final List<VerificationRecord> verifications = new ArrayList<>(
            List.of(verification(VERIFIED, List.of("us-west-2", "us-east-1"), OptionalLong.empty(), 0)));
    private OpenTransactions transactions = new OpenTransactions(List.of(), List.of(), 0);
    private KeyUses key = new KeyUses(
            SOURCE,
            Optional.of(new KeyDescription(SOURCE, "Enabled", false, List.of("us-west-2"))),
            Optional.of(List.of("alias/old")),
            Optional.of(List.of(new KeyUses.Grant("1", "", "arn:aws:iam::111122223333:role/app", List.of("Decrypt")))),
            Optional.of(new KeyUses.LastUse(Optional.of(MOVED), "ReEncrypt", MOVED.minusSeconds(1000))),
            List.of());
    private OtherColumns others = new OtherColumns(List.of(), List.of());

    private static SourceKeyUse used(Optional<Instant> written) {
        return new SourceKeyUse(Map.of(SOURCE, new SourceKeyUse.Times(MOVED, written)));
    }

    private static VerificationRecord verification(
            Instant began, List<String> regions, OptionalLong sample, long mismatches) {
        return new VerificationRecord(
                Path.of("customers.verification-1.json"),
                "customers",
                "db:5432/app",
                began,
                began.plusSeconds(10),
                "decrypt",
                sample,
                regions,
                10,
                mismatches,
                Map.of(CARD, Map.of(TARGET, 10L)));
    }

    private void verifiedOnly(VerificationRecord... records) {
        verifications.clear();
        verifications.addAll(List.of(records));
    }

    private Evidence evidence() {
        Migration migration = new Migration(
                "customers",
                new Migration.Database(
                        "jdbc:postgresql://db:5432/app?sslmode=require",
                        new Migration.Credentials.PasswordEnv("me", "PW")),
                new Migration.Keys("us-west-2", List.of(SOURCE), TARGET, List.of("us-east-1"), 100),
                Optional.empty(),
                SnapshotMode.DEFAULT,
                List.of(new Migration.Table(
                        CARD.table(),
                        List.of(new Migration.Column(CARD.column(), Encoding.RAW, ContextTemplate.NONE)))),
                10,
                Migration.Http.DEFAULT,
                Optional.empty(),
                Migration.Limits.DEFAULT,
                false,
                retirement);
        return new Evidence(
                migration,
                new Evidence.Configuration("migration.yaml", "00ff", List.of()),
                MADE,
                "db:5432/app",
                new ProgressEvidence(
                        snapshotComplete, Map.of(CARD, counts), sweep, sweep.map(found -> ENDED), uses, undone),
                true,
                letters,
                verifications,
                transactions,
                List.of(key),
                others);
    }

    private Verdict verdict() {
        return Verdict.of(evidence());
    }

    private void isNotYetOnlyBecauseOf(String name, String text) {
        Verdict verdict = verdict();

        assertThat(verdict.safe()).isFalse();
        assertThat(verdict.word()).isEqualTo("not yet");
        assertThat(verdict.reasons())
                .singleElement()
                .asString()
                .startsWith(name + ": ")
                .contains(text);
    }

    @Test
    void isSafeWhereEverythingIsSo() {
        assertThat(verdict().reasons()).isEmpty();
        assertThat(verdict().safe()).isTrue();
        assertThat(verdict().asOf()).contains(VERIFIED);
    }

    @Test
    void waitsForTheFirstReading() {
        snapshotComplete = false;

        isNotYetOnlyBecauseOf("snapshot", "have not been read to their end");
    }

    @Test
    void waitsForADrainedSweep() {
        sweep = Optional.of(new Progress.Sweep(7, true, Map.of(CARD.toString(), 3L), 0, Optional.of(BEGAN)));
        isNotYetOnlyBecauseOf("sweep", "3 values not under the target key");

        sweep = Optional.of(new Progress.Sweep(7, false, Map.of(), 0, Optional.of(BEGAN)));
        isNotYetOnlyBecauseOf("sweep", "still being moved");
    }

    @Test
    void saysWithoutASweepWhatIsNotKnown() {
        sweep = Optional.empty();

        assertThat(verdict().items())
                .filteredOn(item -> item.state() != State.DONE)
                .extracting(ReadinessItem::name)
                .containsExactly("sweep", "application");
        uses = Map.of();
        assertThat(verdict().safe()).isFalse();
    }

    @Test
    void waitsForEveryValuesOutcome() {
        counts = counts.with(Counter.SEEN, 13);

        isNotYetOnlyBecauseOf("accounts", "1 value seen have no outcome yet");
    }

    @Test
    void namesTheDeadLettersThatRemain() {
        letters = List.of(new RemainingLetters("wrong-context", CARD.toString(), 2, "correct it"));

        isNotYetOnlyBecauseOf("dead letters", "2 values of public.customers.card (wrong-context)");
    }

    @Test
    void theApplicationMustHaveBeenSwitched() {
        uses = Map.of(CARD, used(Optional.of(ENDED.plusSeconds(5))));
        isNotYetOnlyBecauseOf("application", "at " + ENDED.plusSeconds(5) + ", after the newest sweep had looked");

        uses = Map.of(CARD, used(Optional.empty()));
        assertThat(verdict().safe()).isTrue();
    }

    @Test
    void aVerificationCountsWhereItIsCompleteWithoutAMismatchAndNewEnough() {
        List<String> both = List.of("us-west-2", "us-east-1");

        verifiedOnly();
        isNotYetOnlyBecauseOf("verification", "in us-west-2 and us-east-1 since the last value was moved: run");
        verifiedOnly(verification(VERIFIED, both, OptionalLong.of(100), 0));
        isNotYetOnlyBecauseOf("verification", "a sample only");
        verifiedOnly(verification(VERIFIED, both, OptionalLong.empty(), 1));
        isNotYetOnlyBecauseOf("verification", "1 value did not pass");
        verifiedOnly(verification(MOVED.minusSeconds(1), both, OptionalLong.empty(), 0));
        isNotYetOnlyBecauseOf("verification", "before the last value was moved");
        verifiedOnly(verification(VERIFIED, List.of("us-west-2"), OptionalLong.empty(), 0));
        isNotYetOnlyBecauseOf("verification", "in us-east-1 since");

        verifiedOnly(
                verification(VERIFIED, List.of("us-west-2"), OptionalLong.empty(), 0),
                verification(VERIFIED, List.of("us-east-1"), OptionalLong.empty(), 0));
        assertThat(verdict().safe()).isTrue();
    }

    @Test
    void anUndoMakesVerificationsOld() {
        undone = Optional.of(VERIFIED.plusSeconds(1));

        isNotYetOnlyBecauseOf("verification", "before the last value was moved");
    }

    @Test
    void whereNobodyNotedWhenValuesWereMovedTheSweepsEndCounts() {
        uses = Map.of();
        assertThat(verdict().safe()).isTrue();

        verifiedOnly(verification(BEGAN, List.of("us-west-2", "us-east-1"), OptionalLong.empty(), 0));
        isNotYetOnlyBecauseOf("verification", "before the last value was moved");
    }

    @Test
    void aCopyOfTheDatabaseProvesOtherRegionsOnly() {
        VerificationRecord here = verification(VERIFIED, List.of("us-west-2"), OptionalLong.empty(), 0);
        VerificationRecord copy = verification(VERIFIED, List.of("us-west-2", "us-east-1"), OptionalLong.empty(), 0);
        copy = new VerificationRecord(
                Path.of("copy.json"),
                copy.migration(),
                "replica:5432/app",
                copy.began(),
                copy.ended(),
                copy.method(),
                copy.sample(),
                copy.regions(),
                copy.values(),
                copy.mismatches(),
                copy.byKey());

        verifiedOnly(copy);
        isNotYetOnlyBecauseOf("verification", "in us-west-2 since");
        verifiedOnly(copy, here);
        assertThat(verdict().safe()).isTrue();
    }

    @Test
    void aVerificationThatFoundAnotherKeyDoesNotCount() {
        VerificationRecord found = new VerificationRecord(
                Path.of("found.json"),
                "customers",
                "db:5432/app",
                VERIFIED,
                VERIFIED,
                "decrypt",
                OptionalLong.empty(),
                List.of("us-west-2", "us-east-1"),
                2,
                0,
                Map.of(CARD, Map.of(TARGET, 1L, SOURCE, 1L)));
        verifiedOnly(found);

        isNotYetOnlyBecauseOf("verification", "it found values under " + SOURCE);
    }

    @Test
    void aVerificationOfOtherColumnsDoesNotCount() {
        VerificationRecord other = new VerificationRecord(
                Path.of("other.json"),
                "customers",
                "db:5432/app",
                VERIFIED,
                VERIFIED,
                "decrypt",
                OptionalLong.empty(),
                List.of("us-west-2", "us-east-1"),
                1,
                0,
                Map.of());
        verifiedOnly(other);

        isNotYetOnlyBecauseOf("verification", "it did not look at [public.customers.card]");
    }

    @Test
    void namesTransactionsThatTheSweepCouldNotSee() {
        transactions = new OpenTransactions(
                List.of(new OpenTransactions.Open(4711, "app", "nightly", MOVED)),
                List.of(new OpenTransactions.Prepared("two-phase", "app", MOVED)),
                2);
        isNotYetOnlyBecauseOf("transactions", "process 4711 of app (nightly), open since " + MOVED);
        assertThat(verdict().reasons()).singleElement().asString().contains("the prepared transaction 'two-phase'");

        transactions = new OpenTransactions(List.of(), List.of(), 2);
        isNotYetOnlyBecauseOf("transactions", "pg_read_all_stats");
    }

    @Test
    void otherColumnsUnderASourceKeyAreMigratedOrAcknowledged() {
        others = new OtherColumns(List.of(new OtherColumns.Found("public.notes.secret", SOURCE, 3, 5)), List.of());
        isNotYetOnlyBecauseOf("other columns", "public.notes.secret holds values under " + SOURCE);

        retirement = new Retirement(Optional.of(List.of()), List.of(), Set.of("public.notes.secret"));
        assertThat(verdict().safe()).isTrue();
    }

    @Test
    void backupsAreStatedAndOver() {
        retirement = Retirement.NONE;
        isNotYetOnlyBecauseOf("backups", "not stated: state under retirement.backups");

        retirement = backup(LocalDate.of(2026, 3, 2));
        isNotYetOnlyBecauseOf("backups", "RDS snapshots until 2026-03-02");

        retirement = backup(LocalDate.of(2026, 3, 1));
        assertThat(verdict().safe()).isTrue();
    }

    private static Retirement backup(LocalDate until) {
        return new Retirement(Optional.of(List.of(new Retirement.Backup("RDS snapshots", until))), List.of(), Set.of());
    }

    @Test
    void theStateOfEverySourceKeyIsTold() {
        key = new KeyUses(
                SOURCE,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of("DescribeKey of " + SOURCE + ": Access denied."));

        isNotYetOnlyBecauseOf("source keys", "allow kms:DescribeKey");
        assertThat(Unseen.of(evidence(), verdict()))
                .anySatisfy(text -> assertThat(text).contains("Access denied"));
    }

    @Test
    void thePageEscapesWhatOthersHaveNamed() {
        others = new OtherColumns(
                List.of(new OtherColumns.Found("public.\"<script>\".a&b", SOURCE, 3, 5)), List.of("<img>: unread"));
        retirement = new Retirement(
                Optional.of(List.of(new Retirement.Backup("<b>tapes</b>", LocalDate.MAX))), List.of(), Set.of());
        Evidence evidence = evidence();

        String page = new ReportHtml(evidence, Verdict.of(evidence)).text("customers.report.json", "abc123");

        assertThat(page)
                .contains("Not yet", "public.&quot;&lt;script&gt;&quot;.a&amp;b", "&lt;b&gt;tapes", "&lt;img&gt;")
                .contains("abc123", "prefers-color-scheme: dark", "@media print")
                .doesNotContain("<script", "<img", "<b>", "http://", "https://");
    }

    @Test
    void theJsonHasTheSame() throws IOException {
        Evidence evidence = evidence();

        JsonNode json = new ObjectMapper().readTree(new ReportJson(evidence, Verdict.of(evidence)).bytes());

        assertThat(json.path("verdict").asText()).isEqualTo("safe");
        assertThat(json.path("items")).hasSize(10);
        assertThat(json.at("/columns/0/sourceKeys")
                        .path(SOURCE)
                        .path("lastSeen")
                        .asText())
                .isEqualTo(MOVED.toString());
        assertThat(json.at("/sourceKeys/0/grants/0/operations/0").asText()).isEqualTo("Decrypt");
        assertThat(json.at("/verifications/0/columns/0/byKey").path(TARGET).asLong())
                .isEqualTo(10);
        assertThat(json.path("backups").isArray()).isTrue();
        assertThat(json.path("backups")).isEmpty();
    }
}
