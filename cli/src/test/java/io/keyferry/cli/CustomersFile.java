package io.keyferry.cli;

import io.keyferry.sandbox.Sandbox;

/** The migration.yaml of the demo's table in a sandbox, with the embedded broker. */
final class CustomersFile {

    private CustomersFile() {}

    static String text(Sandbox sandbox) {
        return """
                name: customers
                database:
                  url: %s
                  credentials:
                    secretsManager: %s
                keys:
                  region: %s
                  source: [%s]
                  target: %s
                  replicas: [%s]
                tables:
                  - table: public.customers
                    columns:
                      - column: ssn_encrypted
                        encoding: base64
                        context: {customer_id: "{id}", purpose: ssn}
                      - column: card
                        encoding: raw
                        context: {customer_id: "{id}"}
                """.formatted(
                        sandbox.postgres().jdbcUrl(),
                        sandbox.secretArn(),
                        sandbox.region(),
                        sandbox.sourceKeyArn(),
                        sandbox.targetKeyArn(),
                        sandbox.replicaRegion());
    }

    /** The same with the sandbox's own broker. */
    static String withKafka(Sandbox sandbox) {
        return text(sandbox) + "kafka:\n  bootstrapServers: " + sandbox.kafka().bootstrapServers() + "\n";
    }
}
