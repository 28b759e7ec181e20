package io.keyferry.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** The database's credentials as RDS keeps them in Secrets Manager. */
final class DatabaseSecret {

    private DatabaseSecret() {}

    static String of(SandboxPostgres postgres) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("username", postgres.user())
                .put("password", postgres.password())
                .put("engine", "postgres")
                .put("host", postgres.host())
                .put("port", postgres.port())
                .put("dbname", postgres.database())
                .put("dbInstanceIdentifier", "keyferry-sandbox")
                .toString();
    }
}
