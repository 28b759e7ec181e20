package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Whoever gives commands about a migration, each in a process of its own. */
record Operator(Path folder, Map<String, String> environment) {

    /** How a command ended, and what it said. */
    record Said(int code, String out, String err) {

        JsonNode json() throws IOException {
            assertThat(code).as(err).isZero();
            return new ObjectMapper().readTree(out);
        }
    }

    Said says(String... arguments) throws IOException, InterruptedException {
        try (KeyferryProcess process = KeyferryProcess.start(folder, environment, arguments)) {
            int code = process.exitCode();
            return new Said(code, process.out(), process.err());
        }
    }
}
