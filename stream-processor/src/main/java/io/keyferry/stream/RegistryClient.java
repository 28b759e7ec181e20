package io.keyferry.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.model.Changes;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;

/** Asks a schema registry by HTTP, and tells what waiting cures from what it does not. Safe for many threads. */
final class RegistryClient {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    private final ObjectMapper mapper = new ObjectMapper();
    private final Changes.SchemaRegistry settings;

    RegistryClient(Changes.SchemaRegistry settings) {
        this.settings = settings;
    }

    String url() {
        return settings.url();
    }

    JsonNode object(String path, String what) {
        try {
            return mapper.readTree(text(path, what));
        } catch (JsonProcessingException e) {
            throw new ConnectorException("the answer at " + url() + path + " is not that of a schema registry. Correct"
                    + " changes.schemaRegistry.url in migration.yaml");
        }
    }

    /**
     * What the registry answers.
     *
     * @param what is asked for
     * @throws RegistryUnavailableException where it does not answer, or not now
     * @throws ConnectorException where it has not what is asked for
     * @throws KeyFerryException where it refuses us
     */
    String text(String path, String what) {
        HttpResponse<String> response;
        try {
            response = http.send(request(path), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new RegistryUnavailableException(
                    e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryUnavailableException("interrupted", e);
        }
        int status = response.statusCode();
        if (status == 200) {
            return response.body();
        }
        if (status == 401 || status == 403) {
            throw new KeyFerryException("The schema registry at " + url() + " refuses the request with HTTP " + status
                    + ". Correct user and password of changes.schemaRegistry in migration.yaml, and run again;"
                    + " nothing is lost.");
        }
        if (status == 404) {
            throw new ConnectorException("the schema registry at " + url() + " has no schema of " + what
                    + ". See that changes.schemaRegistry in migration.yaml is the registry, and ids the kind of id, of"
                    + " the connector's value converter, and that the schema has not been deleted");
        }
        throw new RegistryUnavailableException("HTTP " + status, null);
    }

    private HttpRequest request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url() + path)).timeout(PATIENCE);
        settings.credentials().ifPresent(login -> request.header("Authorization", "Basic " + basic(login)));
        return request.build();
    }

    /** Read anew with each request, since a password may change while the migration runs. */
    private static String basic(Credentials credentials) {
        String user;
        String password;
        if (credentials instanceof Credentials.PasswordEnv env) {
            user = env.user();
            password = System.getenv(env.variable());
            if (password == null) {
                throw new KeyFerryException("The environment variable " + env.variable()
                        + " is not set: it must hold the password of changes.schemaRegistry.");
            }
        } else if (credentials instanceof Credentials.PasswordFile file) {
            user = file.user();
            try {
                password = Files.readString(file.file()).replaceFirst("\\r?\\n\\z", "");
            } catch (IOException e) {
                throw new KeyFerryException(
                        file.file() + " cannot be read: it must hold the password of changes.schemaRegistry.", e);
            }
        } else {
            throw new IllegalArgumentException("a schema registry has no secret of " + credentials);
        }
        return Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }
}
