package io.keyferry.cli.campaign;

import io.keyferry.sandbox.SandboxKafka;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A broker for a process of its own; it ends when its standard input does, so that it never outlives the campaign. */
final class KafkaProgram {

    private KafkaProgram() {}

    /** @param arguments port, folder, and the port that clients are told to come to */
    public static void main(String[] arguments) throws IOException {
        SandboxKafka kafka = SandboxKafka.start(
                Integer.parseInt(arguments[0]),
                Path.of(arguments[1]),
                Map.of(
                        "advertised.listeners",
                        "PLAINTEXT://127.0.0.1:" + arguments[2],
                        // so that a member that was killed is missed soon
                        "group.min.session.timeout.ms",
                        "1000"));
        Runtime.getRuntime().addShutdownHook(new Thread(kafka::close));
        while (System.in.read() >= 0) {
            // nothing is said to it
        }
        System.exit(0);
    }
}
