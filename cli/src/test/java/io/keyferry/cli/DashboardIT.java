package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.demo.DemoTable;
import io.keyferry.sandbox.Sandbox;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.kms.Fault;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.text.NumberFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page of a run, in a browser. With {@code -Dkeyferry.screenshots=FOLDER} the migration is larger, and pictures of it are
 * left there.
 */
@Timeout(600)
class DashboardIT {

    private static final String TOKEN = "correct-horse-battery-staple";
    private static final String SCREENSHOTS = System.getProperty("keyferry.screenshots", "");
    private static final int ROWS = SCREENSHOTS.isEmpty() ? 4000 : 60_000;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    private Path folder;

    private Sandbox sandbox;
    /** One that can be stopped alone. */
    private SandboxKafka kafka;

    @BeforeEach
    void start() throws IOException, SQLException {
        assumeTrue(
                Chromium.find().isPresent(),
                "the page is not tested: there is no Chromium or Chrome on the path, nor named by -Dkeyferry.chromium");
        sandbox = Servers.sandbox();
        kafka = Servers.kafka();
        DemoTable table = new DemoTable(
                sandbox.postgres()::connect,
                (plaintext, context) ->
                        sandbox.kms().provisioning().encrypt(sandbox.sourceKeyArn(), plaintext, context));
        table.create();
        table.fill(ROWS);
        byte[] ofAnotherRow = sandbox.kms()
                .provisioning()
                .encrypt(sandbox.sourceKeyArn(), new byte[] {1, 2, 3}, Map.of("customer_id", "another"));
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement()) {
            sql.execute("UPDATE customers SET card = decode('"
                    + Base64.getEncoder().encodeToString(ofAnotherRow) + "', 'base64') WHERE id IN (1, 2, 3)");
        }
        Files.writeString(
                folder.resolve("migration.yaml"),
                (CustomersFile.text(sandbox) + "kafka:\n  bootstrapServers: " + kafka.bootstrapServers() + "\n")
                        .replace(
                                "tables:\n",
                                "  maxRequestsPerSecond: " + (SCREENSHOTS.isEmpty() ? 120 : 400) + "\ntables:\n"));
    }

    @AfterEach
    void stop() {
        stopKafka();
        if (sandbox != null) {
            sandbox.close();
        }
    }

    private void stopKafka() {
        if (kafka != null) {
            kafka.close();
            kafka = null;
        }
    }

    private KeyferryProcess keyferry(String... arguments) throws IOException {
        Map<String, String> environment = new HashMap<>(sandbox.environment());
        environment.put("KEYFERRY_TOKEN", TOKEN);
        return KeyferryProcess.start(folder, environment, arguments);
    }

    private JsonNode status() throws Exception {
        try (KeyferryProcess command = keyferry("status", "--json")) {
            assertThat(command.exitCode()).as(command.err()).isZero();
            return new ObjectMapper().readTree(command.out());
        }
    }

    @Test
    void showsWhatStatusTellsAndSteersWithTheTokenOnly() throws Exception {
        try (KeyferryProcess run = keyferry("run");
                Chromium browser = Chromium.start(Chromium.find().orElseThrow(), folder)) {
            String address = Probe.of(run).address().toString();
            browser.screen(1280, 900, "light");
            browser.open(address + "/");

            isAtWork(browser);
            readsWellEverywhere(browser);
            takePictures(browser);
            assertThat(browser.complaints()).isEmpty();

            pausesWithTheRightTokenOnly(browser);
            showsWhatStatusTells(browser);
            throttlesAndResumes(browser);
            assertThat(browser.requests())
                    .filteredOn(request -> !request.toString().equals("about:blank"))
                    .extracting(URI::getAuthority)
                    .containsOnly(URI.create(address).getAuthority());
            assertThat(browser.eval("document.documentElement.outerHTML").asText())
                    .doesNotContain(TOKEN);
            assertThat(browser.eval("localStorage.length + document.cookie.length")
                            .asInt())
                    .isZero();
            assertThat(run.out() + run.err())
                    .contains("Dashboard  " + address + "/")
                    .doesNotContain(TOKEN);
            assertThat(run.isAlive()).as(run.err()).isTrue();

            saysThatItsFiguresAreOldWhileKafkaIsAway(browser, run);
            run.kill();
            await().atMost(PATIENCE).until(() -> browser.text("#banner").contains("has not answered since"));
            assertThat(browser.text("#fresh")).contains("no answer since");
        }
    }

    private void isAtWork(Chromium browser) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(browser.text("#badge")).isEqualTo("At work");
            assertThat(browser.text("#done")).matches("[0-9.]+ %").isNotEqualTo("0 %");
            assertThat(browser.text("#left")).matches("[0-9]+ (s|min .*)");
            assertThat(browser.text("#outcomes")).contains("public.customers.card");
            assertThat(browser.text("#letters")).contains("wrong-context", "public.customers.card", "Cure: correct");
            assertThat(browser.eval("document.querySelectorAll('#rate-plot path.first').length")
                            .asInt())
                    .isPositive();
            assertThat(browser.text("#rate-caption")).contains("values/s", "limited by the ceiling of KMS requests");
        });
        assertThat(browser.text("#limited")).contains("the ceiling of");
        assertThat(browser.text("#lag")).contains("Changes to read", "WAL not handed on");
        assertThat(browser.text("#stages")).contains("snapshot", "stream-processor", "sink");
        assertThat(browser.text("#readiness")).contains("sweep", "application", "no sweep has ended");
    }

    private static void readsWellEverywhere(Chromium browser) {
        for (String scheme : List.of("light", "dark")) {
            for (int[] size : new int[][] {{360, 740}, {1280, 900}}) {
                browser.screen(size[0], size[1], scheme);
                JsonNode widths =
                        browser.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>"
                                + " done({page: document.documentElement.scrollWidth, screen: innerWidth,"
                                + " ground: getComputedStyle(document.body).backgroundColor}))))");
                assertThat(widths.path("screen").asInt()).isEqualTo(size[0]);
                assertThat(widths.path("page").asInt())
                        .as("scrolls sideways at %d in %s", size[0], scheme)
                        .isLessThanOrEqualTo(size[0]);
                int brightness = Integer.parseInt(widths.path("ground").asText().replaceAll("\\D+(\\d+).*", "$1"));
                assertThat(brightness > 128).as(scheme).isEqualTo(scheme.equals("light"));
            }
        }
        browser.screen(1280, 900, "light");
    }

    /** Of a migration that KMS has throttled for a while. */
    private void takePictures(Chromium browser) throws IOException {
        if (SCREENSHOTS.isEmpty()) {
            return;
        }
        awaitDone(browser, 12);
        sandbox.kms().faults().fraction(0.2, "ReEncrypt", Fault.error("ThrottlingException", 400));
        await().pollDelay(Duration.ofSeconds(12)).atMost(Duration.ofSeconds(30)).until(() -> true);
        sandbox.kms().faults().clear();
        awaitDone(browser, 42);
        Path pictures = Path.of("..").resolve(SCREENSHOTS);
        for (String scheme : List.of("light", "dark")) {
            browser.screen(1280, 900, scheme);
            settle(browser);
            browser.screenshot(pictures.resolve("dashboard-" + scheme + ".png"), 900);
            browser.screen(360, 740, scheme);
            settle(browser);
            browser.screenshot(pictures.resolve("dashboard-phone-" + scheme + ".png"), 1480);
        }
        browser.screen(1280, 900, "light");
        settle(browser);
        browser.screenshot(pictures.resolve("dashboard-whole.png"), 10_000);
    }

    private static void awaitDone(Chromium browser, int percent) {
        await().atMost(Duration.ofMinutes(5))
                .pollInterval(Duration.ofSeconds(2))
                .until(() -> Double.parseDouble(browser.text("#done").replace(" %", "")) > percent);
    }

    /** The plots are drawn again for another width. */
    private static void settle(Chromium browser) {
        browser.eval("scrollTo(0, 0)");
        await().pollDelay(Duration.ofMillis(500))
                .until(() -> browser.eval("Math.abs(document.querySelector('#rate-plot svg').getAttribute('width')"
                                + " - document.querySelector('#rate-plot').clientWidth) < 1")
                        .asBoolean());
    }

    private void pausesWithTheRightTokenOnly(Chromium browser) throws Exception {
        browser.click("#pause");
        assertThat(browser.text("#dialog")).contains("Pause customers?", "Every stage stands still");
        browser.type("#token", "not-the-token-at-all");
        browser.click("#confirm");
        await().atMost(PATIENCE).until(() -> browser.text("#dialog-error").contains("not the dashboard's token"));
        assertThat(status().path("paused").asBoolean()).isFalse();
        assertThat(browser.complaints()).allMatch(complaint -> complaint.contains("401"));

        browser.type("#token", TOKEN);
        browser.click("#confirm");
        await().atMost(PATIENCE).until(() -> browser.text("#badge").equals("Paused"));
        assertThat(browser.text("#feedback")).contains("paused: what has been begun is finished");
        assertThat(browser.text("#verdict-text")).contains("paused by dashboard@");
        assertThat(browser.eval("document.querySelector('#dialog').open").asBoolean())
                .isFalse();
        assertThat(status().path("pausedBy").asText()).startsWith("dashboard@");
    }

    /** While it stands still, so that both look at the same. */
    private void showsWhatStatusTells(Chromium browser) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode status = status();
            List<String> expected = new ArrayList<>();
            long values = 0;
            for (JsonNode column : status.path("columns")) {
                expected.add(column.path("column").asText());
                expected.add(count(column.path("values").asLong()));
                for (JsonNode outcome : column.path("outcomes")) {
                    expected.add(count(outcome.asLong()));
                    values += outcome.asLong();
                }
                expected.add(
                        column.path("remaining").isNull()
                                ? "?"
                                : count(column.path("remaining").asLong()));
            }
            List<String> shown = new ArrayList<>();
            browser.eval("[...document.querySelectorAll('#outcomes tbody > tr > *')].map(cell => cell.innerText)")
                    .forEach(cell -> shown.add(cell.asText()));

            assertThat(shown).isEqualTo(expected);
            assertThat(browser.text("#tables")).contains(count(values) + " of " + count(2L * ROWS));
            assertThat(browser.text("#until-done"))
                    .isEqualTo(status.path("untilDone").asText());
            assertThat(browser.text("#lag"))
                    .contains(
                            count(status.path("streamProcessor").path("behind").asLong()))
                    .contains(count(status.path("sink").path("behind").asLong()));
        });
    }

    /** The look fails or hangs; the page answers all the same, and the run waits. */
    private void saysThatItsFiguresAreOldWhileKafkaIsAway(Chromium browser, KeyferryProcess run) {
        stopKafka();
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(browser.text("#badge")).isEqualTo("Waiting");
            assertThat(browser.text("#banner")).contains("Kafka or the database");
        });
        assertThat(browser.eval("(async () => { const begun = performance.now();"
                                + " const answer = await fetch('api/status'); await answer.json();"
                                + " return performance.now() - begun })()")
                        .asDouble())
                .as("milliseconds to an answer")
                .isLessThan(2000);
        assertThat(run.isAlive()).as(run.err()).isTrue();
    }

    private static String count(long number) {
        return NumberFormat.getIntegerInstance(Locale.ENGLISH).format(number);
    }

    private void throttlesAndResumes(Chromium browser) throws Exception {
        browser.click("#throttle");
        browser.type("#requests", "0");
        browser.click("#confirm");
        assertThat(browser.eval("document.querySelector('#dialog').open").asBoolean())
                .as("it is no throttle")
                .isTrue();
        browser.type("#requests", "50");
        assertThat(browser.text("#dialog-text")).contains("at most 50 requests");
        browser.click("#confirm");
        await().atMost(PATIENCE).until(() -> browser.text("#feedback").contains("throttled to 50 requests/s"));
        browser.click("#resume");
        assertThat(browser.text("#dialog")).contains("Resume customers?", "paused by dashboard@");
        browser.click("#confirm");

        await().atMost(PATIENCE).until(() -> browser.text("#badge").equals("At work"));
        JsonNode status = status();
        assertThat(status.path("paused").asBoolean()).isFalse();
        assertThat(status.path("maxRequestsPerSecond").asInt()).isEqualTo(50);
        assertThat(status.path("throttledBy").asText()).startsWith("dashboard@");
    }
}
