package io.keyferry.cli.policy;

import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What each stage may do in Kafka. Every process may make and read what is the migration's; what differs is who writes
 * where, so that a stage cannot do another one's work.
 */
final class KafkaAcls {

    private static final String PREFIXED = "PREFIXED";
    private static final String LITERAL = "LITERAL";

    private final Migration migration;
    private final Topics topics;

    KafkaAcls(Migration migration) {
        this.migration = migration;
        topics = new Topics(migration.name());
    }

    /** Whoever needs privileges of its own. */
    enum Who {
        SNAPSHOT("snapshot"),
        STREAM_PROCESSOR("stream-processor"),
        SINK("sink"),
        /** Who gives the commands that change something. */
        OPERATOR("operator");

        private final String word;

        Who(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /** What is granted on. */
    enum Resource {
        TOPIC("topic"),
        GROUP("group"),
        TRANSACTIONAL_ID("transactional-id");

        private final String word;

        Resource(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /**
     * One grant.
     *
     * @param pattern Kafka's word: {@code PREFIXED} or {@code LITERAL}
     * @param operations Kafka's words
     */
    record Acl(Resource resource, String name, String pattern, Set<String> operations) {

        Acl {
            operations = new TreeSet<>(operations);
        }

        /** As kafka-acls.sh takes it. */
        String command(String bootstrapServers, String principal) {
            return "kafka-acls.sh --bootstrap-server " + bootstrapServers + " --add --allow-principal '" + principal
                    + "' "
                    + operations.stream()
                            .map(operation -> "--operation " + operation)
                            .collect(Collectors.joining(" "))
                    + " --" + resource.word() + " '" + name + "' --resource-pattern-type "
                    + pattern.toLowerCase(Locale.ROOT);
        }
    }

    /** By who needs them; a connector of the user's own has its own. */
    Map<Who, List<Acl>> all() {
        Map<Who, List<Acl>> all = new LinkedHashMap<>();
        if (migration.changes().isEmpty()) {
            all.put(Who.SNAPSHOT, snapshot());
        }
        all.put(Who.STREAM_PROCESSOR, streamProcessor());
        all.put(Who.SINK, sink());
        all.put(Who.OPERATOR, operator());
        return all;
    }

    private List<Acl> snapshot() {
        List<Acl> acls = everybody();
        migration.tables().stream()
                .map(table -> migration.changeTopic(table.name()))
                .distinct()
                .forEach(topic -> acls.add(writes(topic)));
        acls.add(writes(topics.offsets()));
        acls.add(writes(topics.progress()));
        return acls;
    }

    private List<Acl> streamProcessor() {
        List<Acl> acls = everybody();
        Stream.of(topics.journal(), topics.deadLetters(), topics.progress()).forEach(topic -> acls.add(writes(topic)));
        // Kafka Streams' own: changelogs of the counts
        acls.add(prefixed(Resource.TOPIC, topics.streamProcessorGroup() + "-", "Write", "Delete"));
        acls.add(literal(Resource.GROUP, topics.streamProcessorGroup(), "Read"));
        acls.add(prefixed(Resource.TRANSACTIONAL_ID, topics.streamProcessorGroup() + "-", "Describe", "Write"));
        return acls;
    }

    private List<Acl> sink() {
        List<Acl> acls = everybody();
        Stream.of(topics.progress(), topics.deadLetters(), topics.sweep()).forEach(topic -> acls.add(writes(topic)));
        acls.add(literal(Resource.GROUP, topics.sinkGroup(), "Read"));
        acls.add(prefixed(Resource.TRANSACTIONAL_ID, topics.sinkGroup() + "-", "Describe", "Write"));
        return acls;
    }

    /** Steers, replays, retries, undoes and cleans. */
    private List<Acl> operator() {
        List<Acl> acls = everybody();
        Stream.of(topics.progress(), topics.sweep()).forEach(topic -> acls.add(writes(topic)));
        acls.add(prefixed(Resource.TOPIC, migration.name() + ".", "Delete"));
        acls.add(prefixed(Resource.GROUP, migration.name() + ".", "Read", "Delete"));
        return acls;
    }

    /** Looks at how the migration is; and every process serves the page, from which it is steered. */
    private List<Acl> everybody() {
        List<Acl> acls = new ArrayList<>();
        acls.add(prefixed(Resource.TOPIC, migration.name() + ".", "Create", "Describe", "DescribeConfigs", "Read"));
        if (migration.changes().isPresent()) {
            migration.tables().stream()
                    .map(table -> migration.changeTopic(table.name()))
                    .distinct()
                    .forEach(topic -> acls.add(literal(Resource.TOPIC, topic, "Describe", "DescribeConfigs", "Read")));
        }
        acls.add(writes(topics.control()));
        acls.add(writes(topics.audit()));
        acls.add(prefixed(Resource.GROUP, migration.name() + ".", "Describe"));
        return acls;
    }

    private static Acl writes(String topic) {
        return literal(Resource.TOPIC, topic, "Write");
    }

    private static Acl literal(Resource resource, String name, String... operations) {
        return new Acl(resource, name, LITERAL, new TreeSet<>(Arrays.asList(operations)));
    }

    private static Acl prefixed(Resource resource, String name, String... operations) {
        return new Acl(resource, name, PREFIXED, new TreeSet<>(Arrays.asList(operations)));
    }
}
