package io.keyferry.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseTroubleTest {

    @ParameterizedTest
    @CsvSource({
        "40P01, CONTENDED",
        "40001, CONTENDED",
        "55P03, LOCKED",
        "22001, DATA",
        "23514, DATA",
        "44000, DATA",
        "54000, DATA",
        "P0001, DATA",
        "U0001, DATA",
        "08006, CONNECTION",
        "25006, CONNECTION",
        "53300, CONNECTION",
        "57P01, CONNECTION",
        ", CONNECTION",
        "42501, FATAL",
        "42P01, FATAL",
        "55000, FATAL",
        "XX000, FATAL"
    })
    void tellsWhatIsToBeDoneByTheSqlState(String sqlState, DatabaseTrouble trouble) {
        assertThat(DatabaseTrouble.of(new SQLException("failed", sqlState))).isEqualTo(trouble);
    }
}
