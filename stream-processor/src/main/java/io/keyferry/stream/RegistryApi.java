package io.keyferry.stream;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.model.Changes;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;

/** The two APIs by which registries give their schemas. Safe for many threads. */
abstract class RegistryApi {

    private static final Pattern APICURIO = Pattern.compile(".*/apis/registry/v([0-9]+)");

    /** Whose id it is. */
    enum Kind {
        CONFLUENT("id"),
        GLOBAL_ID("globalId"),
        CONTENT_ID("contentId");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    /** The id of a schema. */
    record Id(Kind kind, long number) {

        @Override
        public String toString() {
            return kind.word + " " + number;
        }
    }

    final RegistryClient client;

    private RegistryApi(RegistryClient client) {
        this.client = client;
    }

    static RegistryApi of(Changes.SchemaRegistry settings) {
        RegistryClient client = new RegistryClient(settings);
        Matcher apicurio = APICURIO.matcher(settings.url());
        return apicurio.matches()
                ? new Apicurio(client, Integer.parseInt(apicurio.group(1)), settings)
                : new Confluent(client);
    }

    /** What an id is that stands before a record, and not in a header of its own name. */
    abstract Kind framed();

    /** Asks for a schema; throws as {@link RegistryClient} does. */
    abstract Schema schema(Id id);

    static Schema parse(Schema.Parser parser, String text, Id id, String place) {
        try {
            return parser.parse(text);
        } catch (SchemaParseException e) {
            throw new ConnectorException(
                    "the schema of " + id + " in the registry at " + place + " is no Avro that can be read: "
                            + e.getMessage() + ". See that changes.schemaRegistry.url and ids are those of the"
                            + " connector's value converter",
                    e);
        }
    }

    /** Confluent's, which Apicurio serves too. */
    private static final class Confluent extends RegistryApi {

        private Confluent(RegistryClient client) {
            super(client);
        }

        @Override
        Kind framed() {
            return Kind.CONFLUENT;
        }

        @Override
        Schema schema(Id id) {
            if (id.kind() != Kind.CONFLUENT) {
                throw new ConnectorException("it names its schema by Apicurio's " + id
                        + ", which Confluent's API does not know. Set changes.schemaRegistry.url in migration.yaml to"
                        + " Apicurio's own API, as apicurio.registry.url of the connector's value converter has it");
            }
            JsonNode answer = client.object("/schemas/ids/" + id.number(), id.toString());
            String type = answer.path("schemaType").asText("AVRO");
            if (!type.equals("AVRO")) {
                throw new ConnectorException("the schema of " + id + " is " + type
                        + (type.equals("JSON")
                                ? ". Set changes.format: json in migration.yaml"
                                : ", which is not read"));
            }
            Schema.Parser parser = new Schema.Parser();
            references(parser, answer, id);
            return parse(parser, answer.path("schema").asText(), id, client.url());
        }

        /** Types that other schemas define, before those that use them. */
        private void references(Schema.Parser parser, JsonNode schema, Id id) {
            for (JsonNode reference : schema.path("references")) {
                JsonNode referred = client.object(
                        "/subjects/" + encoded(reference.path("subject").asText()) + "/versions/"
                                + reference.path("version").asInt(),
                        id + ", " + reference.path("name").asText());
                references(parser, referred, id);
                if (!parser.getTypes().containsKey(reference.path("name").asText())) {
                    parse(parser, referred.path("schema").asText(), id, client.url());
                }
            }
        }

        private static String encoded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
        }
    }

    /** Apicurio's own, of version 2 or 3. */
    private static final class Apicurio extends RegistryApi {

        private final Kind framed;
        private final boolean second;

        private Apicurio(RegistryClient client, int version, Changes.SchemaRegistry settings) {
            super(client);
            second = version <= 2;
            framed = settings.ids()
                    .map(ids -> ids == Changes.Ids.GLOBAL_ID ? Kind.GLOBAL_ID : Kind.CONTENT_ID)
                    .orElse(second ? Kind.GLOBAL_ID : Kind.CONTENT_ID);
        }

        @Override
        Kind framed() {
            return framed;
        }

        @Override
        Schema schema(Id id) {
            String path = id.kind() == Kind.GLOBAL_ID ? "/ids/globalIds/" : "/ids/contentIds/";
            String whole = second ? "?dereference=true" : "?references=DEREFERENCE";
            String text = client.text(path + id.number() + whole, id.toString());
            return parse(new Schema.Parser(), text, id, client.url());
        }
    }
}
