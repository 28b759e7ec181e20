package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.UnreadableRecordException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class ChangeFormatTest {

    private static final TableName TABLE = new TableName("public", "t");
    private static final ChangeFormat FORMAT = new ChangeFormat(
            List.of(new Migration.Table(
                    TABLE,
                    List.of(new Migration.Column(
                            "secret", Encoding.BASE64, ContextTemplate.parse(Map.of("c", "{padded}{n}")))))),
            List.of(TableLayout.of(
                    TABLE,
                    List.of("day"),
                    List.of(
                            new TableLayout.Column("day", "date"),
                            new TableLayout.Column("padded", "bpchar"),
                            new TableLayout.Column("n", "numeric"),
                            new TableLayout.Column("secret", "bpchar")))));

    private static Change read(String day, String number) {
        String key = "{\"day\":\"" + day + "\"}";
        String value =
                "{\"op\":\"u\",\"after\":{\"day\":\"" + day + "\",\"padded\":\"a  \",\"secret\":\"AQIC  \",\"n\":\""
                        + number + "\"},\"source\":{\"schema\":\"public\",\"table\":\"t\"}}";
        return FORMAT.read(
                        key.getBytes(StandardCharsets.UTF_8),
                        value.getBytes(StandardCharsets.UTF_8),
                        new RecordHeaders())
                .orElseThrow();
    }

    @Test
    void leavesPaddingOutOfCiphertextAndInTheContext() {
        assertThat(read("2026-01-02", "1").row())
                .containsEntry("secret", "AQIC")
                .containsEntry("padded", "a  ");
    }

    @Test
    void givesNumbersAsPostgresWritesThem() {
        assertThat(read("2026-01-02", "1.50").row()).containsEntry("n", "1.50");
        assertThat(read("2026-01-02", "NAN").row()).containsEntry("n", "NaN");
        assertThat(read("2026-01-02", "NEGATIVE_INFINITY").row()).containsEntry("n", "-Infinity");
    }

    @Test
    void readsExactDatesAndThoseOfIsostringThatAreRightForCertain() {
        assertThat(read("0044-03-15 BC", "1").key()).containsEntry("day", "0044-03-15 BC");
        assertThat(read("infinity", "1").key()).containsEntry("day", "infinity");
        assertThat(read("2026-01-02Z", "1").key()).containsEntry("day", "2026-01-02");
        assertThatThrownBy(() -> read("+292278994-08-16Z", "1"))
                .isInstanceOf(UnreadableRecordException.class)
                .hasMessageContaining("column day");
    }
}
