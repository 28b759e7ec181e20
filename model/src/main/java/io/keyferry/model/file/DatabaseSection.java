package io.keyferry.model.file;

import io.keyferry.model.Migration;
import java.nio.file.Path;

/** Reads {@code database}. */
final class DatabaseSection {

    private static final String CREDENTIALS =
            "a mapping with secretsManager, or user and passwordEnv, or user and passwordFile";

    private DatabaseSection() {}

    static Migration.Database read(Section database, Path folder) {
        String url = database.required("url", JdbcUrl.EXPECTED)
                .flatMap(JdbcUrl::read)
                .orElse("");
        Migration.Credentials credentials = database.required("credentials", CREDENTIALS)
                .flatMap(value -> value.section(CREDENTIALS))
                .flatMap(section -> CredentialsSection.read(section, folder))
                .orElse(null);
        database.noOtherKeys();
        return new Migration.Database(url, credentials);
    }
}
