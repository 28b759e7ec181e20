package io.keyferry.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What may be logged by way of toString. */
class SecretsInTextTest {

    private static final TableName TABLE = new TableName("public", "customers");
    private static final Rewrite.Source SOURCE = new Rewrite.Source(1, 2L, Instant.EPOCH, false);

    @Test
    void aRewriteNamesItsRowAndNoStoredValue() {
        Rewrite rewrite = new Rewrite(
                TABLE,
                Map.of("id", "42"),
                Map.of("tenant", "hidden"),
                Map.of("ssn", new Rewrite.Column("hidden", "hidden", "from", "to")),
                List.of(),
                SOURCE,
                Instant.EPOCH);

        assertThat(rewrite.toString()).contains("42").contains("ssn").doesNotContain("hidden");
        assertThat(rewrite.columns().toString()).doesNotContain("hidden");
    }

    @Test
    void aDeadLetterNamesItsRowAndNoStoredValue() {
        DeadLetter letter = new DeadLetter(
                TABLE,
                Map.of("id", "42"),
                Map.of("tenant", "hidden"),
                Map.of("ssn", new DeadLetter.Column("hidden", DeadLetter.Reason.TOO_LONG, "too long", "")),
                SOURCE,
                new DeadLetter.Position("topic", 1, 2),
                Instant.EPOCH);

        assertThat(letter.toString()).contains("42").contains("too-long").doesNotContain("hidden");
    }

    @Test
    void kafkaNamesItsPropertiesAndNoValueOfThem() {
        Migration.Kafka kafka =
                new Migration.Kafka("broker:9092", Optional.empty(), Map.of("sasl.jaas.config", "hidden"));

        assertThat(kafka.toString()).contains("sasl.jaas.config").doesNotContain("hidden");
    }

    @Test
    void aDatabaseKeepsTheParametersOfItsUrlToItself() {
        Migration.Database database = new Migration.Database(
                "jdbc:postgresql://db:5432/app?sslpassword=hidden",
                new Migration.Credentials.PasswordEnv("app", "APP_PASSWORD"));

        assertThat(database.toString())
                .contains("jdbc:postgresql://db:5432/app")
                .doesNotContain("hidden");
    }
}
