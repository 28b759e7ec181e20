package io.keyferry.model.file;

/** A migration.yaml to be changed by a test. */
final class Documents {

    static final String SOURCE = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    static final String TARGET = "arn:aws:kms:us-west-2:111122223333:key/mrk-0987dcba09fe87dc65baab0987654321";
    static final String SECRET = "arn:aws:secretsmanager:us-west-2:111122223333:secret:app-db-a1b2c3";

    static final String WHOLE = """
            name: customers-to-mrk
            database:
              url: jdbc:postgresql://db.internal:5432/app?sslmode=verify-full
              credentials:
                secretsManager: %s
            keys:
              region: us-west-2
              source: [%s]
              target: %s
              replicas: [us-east-1]
              maxRequestsPerSecond: 2000
            kafka:
              bootstrapServers: broker-1:9092,broker-2:9092
              replicationFactor: 3
              properties: {security.protocol: SSL}
            snapshot: initial
            tables:
              - table: public.customers
                columns:
                  - column: ssn_encrypted
                    encoding: base64
                    context: {customer_id: "{id}", purpose: ssn}
                  - column: card
                    encoding: raw
            maxDeadLetters: 5
            verifyBeforeWrite: true
            http: {host: 0.0.0.0, port: 9464}
            retirement:
              backups: [{what: "RDS snapshots, 35 days", until: 2027-01-31}]
              applicationRoles: [arn:aws:iam::111122223333:role/app]
              acknowledged: [application-roles, public.notes.secret]
            limits: {maxReplicaLag: 30s, maxSlotWal: 512MB, maxLockWaits: 0, maxWriteLatency: off}
            """.formatted(SECRET, SOURCE, TARGET);

    static final String CHANGES = """
            changes:
              topicPrefix: shop
              slot: shop_cdc
              format: avro
              schemaRegistry: {url: https://registry.internal:8081, user: keyferry, passwordEnv: REGISTRY, ids: contentId}
              topics: {public.customers: cdc.customers}
            """;

    private Documents() {}

    /** The whole document with a connector of the user's own, of which a part is replaced. */
    static String withChanges(String part, String replacement) {
        if (!CHANGES.contains(part)) {
            throw new IllegalArgumentException("not in the section: " + part);
        }
        return without("snapshot") + CHANGES.replace(part, replacement);
    }

    /** The whole document with a part of it replaced, which must be there. */
    static String with(String part, String replacement) {
        if (!WHOLE.contains(part)) {
            throw new IllegalArgumentException("not in the document: " + part);
        }
        return WHOLE.replace(part, replacement);
    }

    /** The whole document without the lines from one that starts as given to the next one indented as little. */
    static String without(String start) {
        StringBuilder kept = new StringBuilder();
        int indent = -1;
        boolean found = false;
        for (String line : WHOLE.split("\n")) {
            int here = line.length() - line.stripLeading().length();
            if (indent >= 0 && here > indent) {
                continue;
            }
            indent = !found && line.strip().startsWith(start) ? here : -1;
            found |= indent >= 0;
            if (indent < 0) {
                kept.append(line).append('\n');
            }
        }
        if (!found) {
            throw new IllegalArgumentException("not in the document: " + start);
        }
        return kept.toString();
    }
}
