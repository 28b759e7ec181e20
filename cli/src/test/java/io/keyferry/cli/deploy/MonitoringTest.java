package io.keyferry.cli.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MonitoringTest {

    private static final Path REPOSITORY = Path.of("..");
    private static final Path MONITORING = REPOSITORY.resolve("deploy/monitoring");
    private static final Pattern METRIC = Pattern.compile("\\bkeyferry_[a-z_]+");
    private static final Pattern PART = Pattern.compile("_(bucket|sum|count|max)$");

    private final JsonNode dashboard = new ObjectMapper()
            .readTree(MONITORING.resolve("grafana/dashboards/keyferry.json").toFile());

    MonitoringTest() throws IOException {}

    @Test
    void asksForNoMetricThatIsNotDocumented() throws IOException {
        Set<String> documented = metrics(Files.readString(REPOSITORY.resolve("docs/metrics.md")));
        Set<String> asked = metrics(Files.readString(MONITORING.resolve("prometheus/alerts.yml")));
        dashboard.findValuesAsText("expr").forEach(query -> asked.addAll(metrics(query)));

        assertThat(asked).hasSizeGreaterThan(15).isSubsetOf(documented);
    }

    @Test
    void isAlertedBySlotWalLagDeadLettersAndStagesThatStall() throws IOException {
        JsonNode rules = Manifests.yaml(Files.readString(MONITORING.resolve("prometheus/alerts.yml")))
                .at("/groups/0/rules");

        for (String metric : List.of(
                "keyferry_slot_retained_wal_bytes",
                "keyferry_lag_records",
                "keyferry_dead_letters_total",
                "keyferry_stage_ready")) {
            assertThat(rules).as(metric).anySatisfy(rule -> {
                assertThat(rule.path("expr").asText()).contains(metric);
                assertThat(rule.at("/annotations/summary").asText()).isNotBlank();
            });
        }
    }

    private static Set<String> metrics(String text) {
        Set<String> names = new TreeSet<>();
        Matcher metric = METRIC.matcher(text);
        while (metric.find()) {
            names.add(PART.matcher(metric.group()).replaceFirst(""));
        }
        return names;
    }

    @Test
    void hasAQueryInEveryPanelAndNoPanelTwice() {
        Set<Integer> ids = new HashSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            assertThat(panel.path("targets")).as(panel.path("title").asText()).isNotEmpty();
            assertThat(ids.add(panel.path("id").asInt())).isTrue();
        }
        assertThat(dashboard.findValuesAsText("uid"))
                .filteredOn(uid -> !uid.equals("keyferry"))
                .containsOnly("prometheus");
    }

    @Test
    void scrapesTheStagesByTheirServicesNamesOnTheirPort() throws IOException {
        JsonNode compose = Manifests.yaml(Files.readString(REPOSITORY.resolve("docker-compose.yml")));
        JsonNode discovery = Manifests.yaml(Files.readString(MONITORING.resolve("prometheus/prometheus.yml")))
                .at("/scrape_configs/0/dns_sd_configs/0");

        assertThat(discovery.path("names"))
                .extracting(JsonNode::asText)
                .containsExactly("snapshot", "stream-processor", "sink")
                .allSatisfy(service -> {
                    JsonNode stage = compose.path("services").path(service);
                    assertThat(stage.path("command"))
                            .extracting(JsonNode::asText)
                            .containsExactly("run", "migration.yaml", service);
                    assertThat(stage.path("ports").get(0).asText())
                            .endsWith(":" + discovery.path("port").asInt());
                });
    }

    @Test
    void mountsFilesThatAreThere() throws IOException {
        JsonNode services = Manifests.yaml(Files.readString(REPOSITORY.resolve("docker-compose.monitoring.yml")))
                .path("services");

        for (String service : List.of("prometheus", "grafana")) {
            services.path(service).path("volumes").forEach(volume -> {
                String from = volume.asText().split(":")[0];
                if (from.startsWith("./")) {
                    assertThat(REPOSITORY.resolve(from)).exists();
                }
            });
        }
    }
}
