package io.keyferry.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.database.DatabaseAddress.Host;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseAddressTest {

    @Test
    void takesAUrlApart() {
        DatabaseAddress address = DatabaseAddress.parse(
                "jdbc:postgresql://db.internal:6432/app?sslmode=verify-full&options=-c%20search_path%3Da&ssl");

        assertThat(address.hosts()).containsExactly(new Host("db.internal", 6432));
        assertThat(address.name()).isEqualTo("app");
        assertThat(address.parameters())
                .isEqualTo(Map.of("sslmode", "verify-full", "options", "-c search_path=a", "ssl", ""));
    }

    @Test
    void keepsSeveralHostsInTheirOrder() {
        assertThat(DatabaseAddress.parse("jdbc:postgresql://b:1,a,[fe80::1]:3,[::1]/app")
                        .hosts())
                .isEqualTo(
                        List.of(new Host("b", 1), new Host("a", 5432), new Host("fe80::1", 3), new Host("::1", 5432)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:postgresql:app", "jdbc:postgresql:///app", "jdbc:postgresql://localhost/app"})
    void knowsTheDefaults(String url) {
        assertThat(DatabaseAddress.parse(url))
                .isEqualTo(new DatabaseAddress(List.of(new Host("localhost", 5432)), "app", Map.of()));
    }

    @Test
    void decodesTheDatabasesName() {
        assertThat(DatabaseAddress.parse("jdbc:postgresql://db/b%C3%BCro%2F1?a=%26")
                        .name())
                .isEqualTo("büro/1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "jdbc:mysql://db/app",
                "jdbc:postgresql://db",
                "jdbc:postgresql://db/",
                "jdbc:postgresql://db:x/app",
                "jdbc:postgresql://a:b:c/hunter2"
            })
    void refusesWhatIsNoUrlOfADatabaseWithoutQuotingIt(String url) {
        assertThatThrownBy(() -> DatabaseAddress.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("hunter2");
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://a:1/app?sslpassword=hunter2, database app on a:1",
        "'jdbc:postgresql://[::1],b/app', 'database app on [::1]:5432,b:5432'"
    })
    void isToldWithoutItsParameters(String url, String text) {
        assertThat(DatabaseAddress.parse(url)).hasToString(text);
    }
}
