package io.keyferry.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResultTableTest {

    private static final Report REPORT = Reports.of(List.of(
            Result.of("limit/pipeline", 3_100.2, "values/s", Goal.atLeast(3_000), "20000 rows"),
            Result.of("cost/echo", 0.25, "requests", Goal.atMost(0), ""),
            Result.of("cost/start", 12, "requests", "DescribeKey"),
            Result.notMeasured("harm/wal", "bytes", "this | that")));

    @Test
    void tellsScriptsEverythingAndNullForWhatThereIsNoneOf() throws IOException {
        JsonNode json = new ObjectMapper().readTree(ResultTable.json(REPORT));

        assertThat(json.path("machine").asText()).isEqualTo(Reports.MACHINE);
        assertThat(json.path("results")).hasSize(4);
        assertThat(json.path("results").get(0))
                .isEqualTo(new ObjectMapper()
                        .readTree("{\"name\":\"limit/pipeline\",\"value\":3100.2,\"unit\":\"values/s\","
                                + "\"goal\":\"≥ 3,000\",\"met\":true,\"note\":\"20000 rows\"}"));
        assertThat(json.path("results").get(1).path("met")).hasToString("false");
        assertThat(json.path("results").get(2).path("goal").isNull()).isTrue();
        assertThat(json.path("results").get(2).path("met").isNull()).isTrue();
        assertThat(json.path("results").get(3).path("value").isNull()).isTrue();
        assertThat(json.path("results").get(3).path("note").asText()).isEqualTo("not measured: this | that");
    }

    @Test
    void tellsPeopleTheMachineAndWhichGoalsAreMissed() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        ResultTable.print(REPORT, new PrintStream(bytes, true, StandardCharsets.UTF_8));

        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .anySatisfy(line -> assertThat(line).contains("keyferry benchmark --quick", Reports.MACHINE))
                .anySatisfy(line -> assertThat(line).contains("✔", "limit/pipeline", "3,100", "≥ 3,000"))
                .anySatisfy(line -> assertThat(line).contains("✘", "cost/echo", "0.250", "≤ 0.000"));
    }

    @Test
    void givesDocsATableWhoseCellsNoNoteBreaks() {
        List<String> lines = ResultTable.markdown(REPORT).lines().toList();

        assertThat(lines.get(0)).contains("`keyferry benchmark --quick`", Reports.MACHINE);
        assertThat(lines)
                .contains("| limit/pipeline | 3,100 values/s | ≥ 3,000 | yes | 20000 rows |")
                .contains("| cost/echo | 0.250 requests | ≤ 0.000 | **no** |  |")
                .contains("| cost/start | 12.0 requests |  |  | DescribeKey |")
                .contains("| harm/wal | - |  |  | not measured: this \\| that |");
    }
}
