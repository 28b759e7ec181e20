package io.keyferry.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The changes that a Debezium connector of the user's own brings, in place of the snapshot stage.
 *
 * @param topicPrefix the connector's topic.prefix
 * @param slot the connector's slot.name
 * @param format how its converter writes the changes
 * @param schemaRegistry where the schemas of {@link Format#AVRO} are
 * @param topics of tables whose changes are routed to a topic of another name
 */
public record Changes(
        String topicPrefix,
        String slot,
        Format format,
        Optional<SchemaRegistry> schemaRegistry,
        Map<TableName, String> topics) {

    /** Debezium's own default of slot.name. */
    public static final String DEFAULT_SLOT = "debezium";

    public Changes {
        topics = Map.copyOf(topics);
    }

    /** What the bytes of a change are. */
    public enum Format {

        /** JSON, with or without its schema, also as the JSON Schema converters write it. */
        JSON,
        /** Avro, with the id of its schema. */
        AVRO;

        /** The format as migration.yaml spells it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Optional<Format> of(String word) {
            return Arrays.stream(values())
                    .filter(format -> format.word().equals(word))
                    .findAny();
        }
    }

    /**
     * @param url of Confluent's API, or of Apicurio's own
     * @param credentials of the registry's user; never from Secrets Manager
     * @param ids which of Apicurio's ids stands before a record that names none; empty for its version's default
     */
    public record SchemaRegistry(String url, Optional<Migration.Credentials> credentials, Optional<Ids> ids) {}

    /** Apicurio's two ids of a schema. */
    public enum Ids {
        GLOBAL_ID("globalId"),
        CONTENT_ID("contentId");

        private final String word;

        Ids(String word) {
            this.word = word;
        }

        /** The id as Apicurio and migration.yaml spell it. */
        public String word() {
            return word;
        }

        public static Optional<Ids> of(String word) {
            return Arrays.stream(values()).filter(ids -> ids.word.equals(word)).findAny();
        }
    }

    /** The topic of a table's changes, by Debezium's naming where none is given. */
    public String topic(TableName table) {
        String routed = topics.get(table);
        return routed == null ? new Topics(topicPrefix).changes(table) : routed;
    }
}
