package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.UsageException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoServersTest {

    @Test
    void refusesAMigrationThatIsNoDemos() {
        Path real = Path.of("src/test/resources/io/keyferry/cli/real-migration.yaml");

        assertThatThrownBy(() -> DemoServers.of(real, Console.of(true)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("444455556666")
                .hasMessageContaining("nothing is done");
    }

    @Test
    void makesKeysInALocalKmsOnly() {
        Map<String, String> local = Map.of("AWS_ENDPOINT_URL", "http://kms:8080");
        Map<String, String> half = Map.of("AWS_ENDPOINT_URL_KMS", "http://kms:8080");
        Map<String, String> privateLink = Map.of("AWS_ENDPOINT_URL", "https://vpce-1.kms.us-west-2.vpce.amazonaws.com");

        assertThatCode(() -> DemoServers.demandLocalKms(local::get)).doesNotThrowAnyException();
        assertThatThrownBy(() -> DemoServers.demandLocalKms(half::get)).hasMessageContaining("URL_SECRETS_MANAGER");
        assertThatThrownBy(() -> DemoServers.demandLocalKms(privateLink::get)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> DemoServers.demandLocalKms(name -> null)).isInstanceOf(UsageException.class);
    }
}
