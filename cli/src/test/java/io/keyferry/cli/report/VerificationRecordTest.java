package io.keyferry.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.TableName;
import io.keyferry.sink.ProgressReader.ColumnName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerificationRecordTest {

    private static final String WHOLE = """
            {"v":1,"migration":"customers","database":"db:5432/app","began":"2026-01-02T03:04:05Z",\
            "ended":"2026-01-02T03:05:05Z","method":"decrypt","regions":["us-west-2"],"values":3,"mismatchCount":0,\
            "tables":[{"table":"public.customers","rows":3,"columns":[\
            {"column":"card","values":3,"empty":0,"byKey":{"arn:new":3},"mismatches":0}]}],"mismatches":[]}
            """;

    @TempDir
    private Path folder;

    private VerificationRecord read(String text) throws IOException {
        return VerificationRecord.read(Files.writeString(folder.resolve("customers.verification-1.json"), text));
    }

    @Test
    void isReadWhole() throws IOException {
        VerificationRecord record = read(WHOLE);

        assertThat(record.isComplete()).isTrue();
        assertThat(record.began()).isEqualTo(Instant.parse("2026-01-02T03:04:05Z"));
        assertThat(record.regions()).containsExactly("us-west-2");
        assertThat(record.byKey())
                .isEqualTo(Map.of(new ColumnName(TableName.parse("public.customers"), "card"), Map.of("arn:new", 3L)));
        assertThat(read(WHOLE.replace("\"values\":3,\"mism", "\"sample\":2,\"values\":2,\"mism"))
                        .sample())
                .isEqualTo(OptionalLong.of(2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"v":1      | {"v":2       | format version 1
            {"v":1      | {"v":1 oops  | no JSON
            "began":    | "begin":     | the text 'began' is missing
            2026-01-02T03:04:05Z | yesterday | yesterday
            "values":3,"mism | "values":-3,"mism | the number 'values' is missing
            public.customers | customers | is not schema.table
            """)
    void refusesWhatVerifyDidNotWrite(String part, String replacement, String text) {
        assertThat(WHOLE).contains(part);
        assertThatThrownBy(() -> read(WHOLE.replace(part, replacement)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("customers.verification-1.json")
                .hasMessageContaining(text);
    }

    @Test
    void refusesAFileThatIsNotThere() {
        assertThatThrownBy(() -> VerificationRecord.read(folder.resolve("none.json")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("there is no such file");
    }
}
