package io.keyferry.cli.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {

    @TempDir
    private Path folder;

    private String openAndClose() {
        try (EmbeddedBroker broker = EmbeddedBroker.open(folder)) {
            return broker.bootstrapServers();
        }
    }

    @Test
    void isFoundAgainWhereItWasUnlessSomebodyElseIsThere() throws IOException {
        String first = openAndClose();

        assertThat(openAndClose()).isEqualTo(first);

        int port = Integer.parseInt(first.substring(first.indexOf(':') + 1));
        try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(openAndClose()).isNotEqualTo(first).doesNotEndWith(":" + other.getLocalPort());
        }
    }

    @Test
    void isJoinedByTheOthers() {
        try (EmbeddedBroker host = EmbeddedBroker.open(folder);
                EmbeddedBroker joined = EmbeddedBroker.open(folder)) {
            assertThat(joined.bootstrapServers()).isEqualTo(host.bootstrapServers());
            assertThat(EmbeddedBroker.isRunning(folder)).isTrue();
        }

        assertThat(EmbeddedBroker.isRunning(folder)).isFalse();
        assertThat(folder.resolve("broker.address")).doesNotExist();
    }
}
