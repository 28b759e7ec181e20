package io.keyferry.model.file;

import io.keyferry.model.Changes;
import io.keyferry.model.Migration;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableName;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code changes}: the connector of the user's own. */
final class ChangesSection {

    static final String EXPECTED = "a mapping with the connector's topicPrefix, slot and format";

    private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
    private static final String PREFIX_EXPECTED = "the connector's topic.prefix";
    private static final Pattern SLOT = Pattern.compile("[a-z0-9_]{1,63}");
    private static final String SLOT_EXPECTED = "the connector's slot.name: lower-case letters, digits and underscores";
    private static final String FORMAT_EXPECTED = "json or avro";
    private static final String REGISTRY_EXPECTED = "a mapping with url, and user with passwordEnv or passwordFile";
    private static final Pattern URL = Pattern.compile("https?://[^\\s/@?#]+(/[^\\s?#]*)?");
    private static final String URL_EXPECTED =
            "the registry's URL without user and password, such as https://registry.internal:8081";
    private static final String IDS_EXPECTED = "globalId or contentId";
    private static final String TOPICS_EXPECTED = "a mapping of tables to the topics of their changes";
    private static final String TOPIC_EXPECTED = "the name of a topic";

    private ChangesSection() {}

    static Changes read(Section changes, Path folder, List<Migration.Table> tables) {
        String prefix = changes.required("topicPrefix", PREFIX_EXPECTED)
                .flatMap(value -> Checked.text(value, TOPIC, PREFIX_EXPECTED))
                .orElse("");
        String slot = changes.optional("slot")
                .flatMap(value -> Checked.text(value, SLOT, SLOT_EXPECTED))
                .orElse(Changes.DEFAULT_SLOT);
        Changes.Format format =
                changes.optional("format").flatMap(ChangesSection::format).orElse(Changes.Format.JSON);
        Optional<Value> place = changes.optional("schemaRegistry");
        if (format == Changes.Format.AVRO) {
            changes.required("schemaRegistry", REGISTRY_EXPECTED);
        } else {
            place.ifPresent(value -> value.wrong("is not asked for JSON, which tells all by itself", "it left out"));
        }
        Optional<Changes.SchemaRegistry> registry =
                place.flatMap(value -> value.section(REGISTRY_EXPECTED)).map(section -> registry(section, folder));
        Map<TableName, String> topics = changes.optional("topics")
                .flatMap(value -> value.section(TOPICS_EXPECTED))
                .map(section -> topics(section, tables))
                .orElse(Map.of());
        changes.noOtherKeys();
        return new Changes(prefix, slot, format, registry, topics);
    }

    /** What the rest of the file must be like where there is this section. */
    static void check(Section root, SnapshotMode snapshot) {
        if (snapshot != SnapshotMode.SWEEP) {
            root.optional("snapshot")
                    .ifPresent(value -> value.wrong(
                            "is done by the snapshot stage, which changes leaves out", "sweep, or it left out"));
        }
        root.required("kafka", "the cluster that the connector of changes writes to");
    }

    private static Optional<Changes.Format> format(Value value) {
        return value.text(FORMAT_EXPECTED).flatMap(word -> {
            Optional<Changes.Format> format = Changes.Format.of(word);
            if (format.isEmpty()) {
                value.wrong("is no format that KeyFerry reads", FORMAT_EXPECTED);
            }
            return format;
        });
    }

    private static Changes.SchemaRegistry registry(Section registry, Path folder) {
        String url = registry.required("url", URL_EXPECTED)
                .flatMap(value -> Checked.text(value, URL, URL_EXPECTED))
                .map(text -> text.replaceFirst("/+$", ""))
                .orElse("");
        Optional<Changes.Ids> ids = registry.optional("ids").flatMap(ChangesSection::ids);
        boolean login = registry.has("user") | registry.has("passwordEnv") | registry.has("passwordFile");
        Optional<Migration.Credentials> credentials =
                login ? CredentialsSection.login(registry, folder) : Optional.empty();
        registry.noOtherKeys();
        return new Changes.SchemaRegistry(url, credentials, ids);
    }

    private static Optional<Changes.Ids> ids(Value value) {
        return value.text(IDS_EXPECTED).flatMap(word -> {
            Optional<Changes.Ids> ids = Changes.Ids.of(word);
            if (ids.isEmpty()) {
                value.wrong("is no id of Apicurio's", IDS_EXPECTED);
            }
            return ids;
        });
    }

    private static Map<TableName, String> topics(Section section, List<Migration.Table> tables) {
        Map<TableName, String> topics = new HashMap<>();
        section.entries().forEach((key, value) -> {
            Optional<TableName> table = tables.stream()
                    .map(Migration.Table::name)
                    .filter(name -> name.toString().equals(key))
                    .findAny();
            if (table.isEmpty()) {
                value.wrong("is the topic of no table of this file", "a table as it stands under tables");
            }
            Checked.text(value, TOPIC, TOPIC_EXPECTED)
                    .ifPresent(topic -> table.ifPresent(name -> topics.put(name, topic)));
        });
        return topics;
    }
}
