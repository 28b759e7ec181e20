package io.keyferry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The topics, consumer groups and database objects of one migration, by name. */
public record Topics(String migration) {

    /** Partitions of change topics, sweep and journal. */
    public static final int PARTITIONS = 8;

    /**
     * What a record of the topics that are {@link #all kept} may have in bytes, where we make the topic: a value that is
     * far too long for ciphertext is to be delivered, and dead-lettered, all the same.
     */
    public static final int LARGEST_RECORD = 32 << 20;

    /** What producers are to send at the most, so that it is the topic that decides. */
    public static final int LARGEST_REQUEST = 64 << 20;

    private static final Map<String, String> KEPT =
            Map.of("retention.ms", "-1", "retention.bytes", "-1", "cleanup.policy", "delete");
    private static final Map<String, String> COMPACTED = Map.of("cleanup.policy", "compact");

    /** A topic to be created, with the settings that make it what it is. */
    public record Topic(String name, int partitions, Map<String, String> config) {}

    /** Debezium's own name of a table's topic: characters a topic cannot have become underscores. */
    public String changes(TableName table) {
        return (migration + "." + table.schema() + "." + table.table()).replaceAll("[^a-zA-Z0-9._-]", "_");
    }

    public String journal() {
        return migration + ".journal";
    }

    public String deadLetters() {
        return migration + ".dead-letters";
    }

    public String sweep() {
        return migration + ".sweep";
    }

    public String progress() {
        return migration + ".progress";
    }

    public String control() {
        return migration + ".control";
    }

    public String audit() {
        return migration + ".audit";
    }

    public String offsets() {
        return migration + ".offsets";
    }

    /** The consumer group of the stream-processor, which is its Streams application id too. */
    public String streamProcessorGroup() {
        return migration + ".stream-processor";
    }

    public String sinkGroup() {
        return migration + ".sink";
    }

    /** The replication slot, which is also the publication and the prefix of replication origins. */
    public String slot() {
        return "keyferry_" + migration.replace('-', '_');
    }

    /** The topic of the audit log, which commands make too, where the migration last ran before there was one. */
    public Topic auditTopic() {
        return new Topic(audit(), 1, KEPT);
    }

    /** The topics that are KeyFerry's to make: without those that a connector of the user's own fills. */
    public static List<Topic> of(Migration migration) {
        Topics topics = new Topics(migration.name());
        if (migration.changes().isEmpty()) {
            return topics.all(migration.tables());
        }
        return topics.all(List.of()).stream()
                .filter(topic -> !topic.name().equals(topics.offsets()))
                .toList();
    }

    /** All topics but those that Streams makes for itself. */
    public List<Topic> all(List<Migration.Table> tables) {
        List<Topic> all = new ArrayList<>();
        tables.stream()
                .map(table -> changes(table.name()))
                .distinct()
                .forEach(name -> all.add(new Topic(name, PARTITIONS, KEPT)));
        all.add(new Topic(sweep(), PARTITIONS, KEPT));
        all.add(new Topic(journal(), PARTITIONS, KEPT));
        all.add(new Topic(deadLetters(), 1, KEPT));
        all.add(new Topic(progress(), 1, COMPACTED));
        all.add(new Topic(control(), 1, COMPACTED));
        all.add(auditTopic());
        all.add(new Topic(offsets(), 1, COMPACTED));
        return List.copyOf(all);
    }
}
