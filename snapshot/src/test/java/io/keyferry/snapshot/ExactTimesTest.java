package io.keyferry.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Date;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;
import org.postgresql.PGStatement;

class ExactTimesTest {

    @Test
    void writesDatesOfTheStreamAsPostgresDoes() {
        assertThat(ExactTimes.text(LocalDate.of(2026, 1, 2))).isEqualTo("2026-01-02");
        assertThat(ExactTimes.text(LocalDate.of(12345, 1, 2))).isEqualTo("12345-01-02");
        assertThat(ExactTimes.text(LocalDate.of(0, 12, 31))).isEqualTo("0001-12-31 BC");
        assertThat(ExactTimes.text(LocalDate.of(-4712, 1, 1))).isEqualTo("4713-01-01 BC");
    }

    @Test
    void writesDatesOfTheSnapshotAsPostgresDoesInEveryZone() {
        TimeZone own = TimeZone.getDefault();
        try {
            for (String zone : new String[] {"UTC", "Pacific/Auckland", "America/Los_Angeles"}) {
                TimeZone.setDefault(TimeZone.getTimeZone(zone));

                assertThat(ExactTimes.text(Date.valueOf("2026-01-02"))).isEqualTo("2026-01-02");
                assertThat(ExactTimes.text(new Date(PGStatement.DATE_POSITIVE_INFINITY)))
                        .isEqualTo("infinity");
                assertThat(ExactTimes.text(new Date(PGStatement.DATE_NEGATIVE_INFINITY)))
                        .isEqualTo("-infinity");
            }
        } finally {
            TimeZone.setDefault(own);
        }
    }

    @Test
    void writesTimestampsInUtcWithoutZerosAtTheEnd() {
        assertThat(ExactTimes.text(Instant.parse("2026-01-02T03:04:05.678900Z")))
                .isEqualTo("2026-01-02 03:04:05.6789");
        assertThat(ExactTimes.text(OffsetDateTime.parse("2026-01-02T03:04:00+02:00")))
                .isEqualTo("2026-01-02 01:04:00+00");
        assertThat(ExactTimes.text(OffsetDateTime.parse("-0043-03-15T01:02:03.5Z")))
                .isEqualTo("0044-03-15 01:02:03.5+00 BC");
        assertThat(ExactTimes.text(OffsetDateTime.parse("+294276-12-31T23:59:59.999999Z")))
                .isEqualTo("294276-12-31 23:59:59.999999+00");
    }

    @Test
    void leavesWhatTheServerWroteAndRefusesWhatItDoesNotKnow() {
        assertThat(ExactTimes.text("24:00:00")).isEqualTo("24:00:00");
        assertThat(ExactTimes.text(null)).isNull();
        assertThatThrownBy(() -> ExactTimes.text(7)).hasMessageContaining("java.lang.Integer");
    }
}
