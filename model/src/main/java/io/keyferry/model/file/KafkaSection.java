package io.keyferry.model.file;

import io.keyferry.model.Migration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads {@code kafka}. */
final class KafkaSection {

    private static final String HOST = "(\\[[0-9a-fA-F:.]+\\]|[^,:\\s\\[\\]/]+):[0-9]{1,5}";
    private static final Pattern SERVERS = Pattern.compile(HOST + "(\\s*,\\s*" + HOST + ")*");
    private static final String SERVERS_EXPECTED = "host:port, several parted by commas";

    /** The kinds of client that Kafka Streams lets a property be meant for. */
    private static final Pattern CLIENT =
            Pattern.compile("^(main\\.consumer|restore\\.consumer|global\\.consumer|consumer|producer|admin)\\.");

    /** What delivery and order rest on; another value would lose or double values, or separate the stages. */
    static final Set<String> OWN = Set.of(
            "bootstrap.servers",
            "application.id",
            "group.id",
            "group.instance.id",
            "group.protocol",
            "enable.auto.commit",
            "auto.offset.reset",
            "isolation.level",
            "transactional.id",
            "enable.idempotence",
            "acks",
            "processing.guarantee",
            "partitioner.class",
            "partitioner.ignore.keys",
            "interceptor.classes",
            "default.key.serde",
            "default.value.serde",
            "key.serializer",
            "value.serializer",
            "key.deserializer",
            "value.deserializer",
            "state.dir");

    private KafkaSection() {}

    static Migration.Kafka read(Section kafka) {
        String servers = kafka.required("bootstrapServers", SERVERS_EXPECTED)
                .flatMap(value -> Checked.text(value, SERVERS, SERVERS_EXPECTED))
                .orElse("");
        Map<String, String> properties = kafka.optional("properties")
                .flatMap(value -> value.section("a mapping of Kafka client properties"))
                .map(KafkaSection::properties)
                .orElse(Map.of());
        Optional<Integer> replication = kafka.optional("replicationFactor")
                .flatMap(value -> value.wholeNumber(1, Short.MAX_VALUE))
                .map(Long::intValue);
        kafka.noOtherKeys();
        return new Migration.Kafka(servers, replication, properties);
    }

    private static Map<String, String> properties(Section section) {
        Map<String, String> properties = new LinkedHashMap<>();
        section.properties().forEach((name, value) -> {
            if (OWN.contains(CLIENT.matcher(name).replaceFirst(""))) {
                value.wrong("is a property that KeyFerry sets itself", expectedInsteadOf(name));
            }
            Optional<String> text = value.scalar("a text, a number, true or false");
            text.ifPresent(it -> properties.put(name, it));
        });
        return properties;
    }

    private static String expectedInsteadOf(String name) {
        return name.endsWith("bootstrap.servers") ? "the servers under kafka.bootstrapServers" : "it left out";
    }
}
