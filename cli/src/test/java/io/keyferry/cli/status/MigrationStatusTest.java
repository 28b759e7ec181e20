package io.keyferry.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.Control;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import io.keyferry.model.SourceKeyUse;
import io.keyferry.model.Steering;
import io.keyferry.model.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MigrationStatusTest {

    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");
    private static final GroupStatus AT_WORK = new GroupStatus(List.of("10.0.0.1", "10.0.0.1"), 1234, Optional.of(AT));
    private static final GroupStatus NOBODY = new GroupStatus(List.of(), 0, Optional.empty());
    private static final Optional<SlotStatus> READ =
            Optional.of(new SlotStatus("keyferry_customers", true, 5 << 20, 2000, "reserved"));

    private static SourceKeyUse use(String key, Optional<Instant> written) {
        return new SourceKeyUse(Map.of(key, new SourceKeyUse.Times(AT, written)));
    }

    private static MigrationStatus status(
            Steering steering, Optional<Progress.Sweep> sweep, Optional<SlotStatus> slot, GroupStatus sink) {
        Counts counts = Counts.NONE.with(Counter.SEEN, 12_000).with(Counter.REWRITTEN, 11_990);
        return new MigrationStatus(
                "customers",
                steering,
                steering.ceiling(2000),
                1900,
                sweep.isPresent(),
                List.of(
                        new ColumnStatus(
                                "public.customers.card",
                                counts,
                                1900,
                                OptionalLong.empty(),
                                use("arn:old", Optional.of(AT.minusSeconds(60)))),
                        new ColumnStatus(
                                "public.customers.ssn",
                                Counts.NONE,
                                0,
                                OptionalLong.empty(),
                                use("arn:older", Optional.empty()))),
                List.of(new ReadingStatus(
                        TableName.parse("public.customers"),
                        12_000,
                        OptionalLong.of(50_000),
                        Optional.of(Duration.ofSeconds(20)))),
                sweep,
                sweep.map(found -> AT),
                slot,
                Optional.empty(),
                false,
                AT_WORK,
                sink);
    }

    private static String next(Progress.Sweep sweep) {
        return status(Steering.NONE, Optional.of(sweep), READ, AT_WORK).next();
    }

    @Test
    void saysWhatStandsBetweenNowAndDone() {
        assertThat(status(Steering.NONE, Optional.empty(), READ, AT_WORK).next())
                .contains("first time");
        assertThat(next(new Progress.Sweep(3, true, Map.of(), 0))).startsWith("Nothing: sweep 3");
        assertThat(next(new Progress.Sweep(3, false, Map.of(), 0))).contains("switch the application");
        assertThat(next(new Progress.Sweep(3, true, Map.of("public.customers.card", 2L), 2)))
                .contains("2 values remain, all of them dead-lettered");
        assertThat(next(new Progress.Sweep(3, true, Map.of("public.customers.card", 5L), 2)))
                .contains("5 values remain, 2 of them dead-lettered");
    }

    @Test
    void namesTheStageThatIsMissingAheadOfWhatWaitsForIt() {
        Optional<SlotStatus> lost = Optional.of(new SlotStatus("keyferry_customers", false, 0, 0, "lost"));

        assertThat(status(Steering.NONE, Optional.empty(), READ, NOBODY).next()).contains("No sink is at work");
        assertThat(status(Steering.NONE, Optional.empty(), Optional.empty(), AT_WORK)
                        .next())
                .contains("snapshot stage does not read");
        assertThat(status(Steering.NONE, Optional.empty(), lost, AT_WORK).next())
                .contains("changes have been missed");
    }

    @Test
    void aPauseComesFirst() {
        Steering paused = Steering.NONE.with(new Control.Pause(true, "ada@laptop", AT));
        MigrationStatus status = status(paused, Optional.empty(), READ, NOBODY);

        assertThat(status.next()).contains("paused by ada@laptop").contains("keyferry resume");
        assertThat(status.limitedBy()).contains("paused by ada@laptop");
    }

    @Test
    void isReadByPeopleAndByPrograms() {
        StatusText text = new StatusText(status(Steering.NONE, Optional.empty(), READ, AT_WORK));

        assertThat(text.lines())
                .anySatisfy(line -> assertThat(line).contains("public.customers.card", "12,000", "11,990", "?"))
                .anySatisfy(line -> assertThat(line).contains("12,000 of about 50,000 rows, 20 s left"))
                .anySatisfy(line -> assertThat(line).contains("is read; 5 MiB of WAL kept, 2 KiB not handed on"))
                .anySatisfy(line ->
                        assertThat(line).contains("2 members on 10.0.0.1; 1,234 rewrites to read, the oldest of " + AT))
                .anySatisfy(line -> assertThat(line)
                        .contains("last wrote under one at 2026-01-02T03:03:05Z, in public.customers.card (arn:old)"))
                .anySatisfy(line -> assertThat(line).contains("limited by", "keys.maxRequestsPerSecond"));
        assertThat(text.json().path("underWay").asLong()).isEqualTo(10);
        assertThat(text.json().path("columns").path(0).path("remaining").isNull())
                .isTrue();
        assertThat(text.json().path("lastSourceKeyWrite").path("column").asText())
                .isEqualTo("public.customers.card");
        assertThat(text.json().at("/columns/1/sourceKeys/arn:older/lastSeen").asText())
                .isEqualTo(AT.toString());
    }
}
