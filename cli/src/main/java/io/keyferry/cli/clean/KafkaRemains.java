package io.keyferry.cli.clean;

import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a migration has left in Kafka. Topics that a connector of the user's own fills are none of it.
 *
 * @param topics of the migration, those included that Streams has made
 * @param groups consumer groups
 * @param unknown topics whose names begin as ours do, of tables that are not in migration.yaml perhaps: they stay
 * @param folder of the embedded broker; empty where it must stay, for another migration that uses it or for none
 */
record KafkaRemains(Set<String> topics, Set<String> groups, Set<String> unknown, Optional<Path> folder) {

    static final KafkaRemains NONE = new KafkaRemains(Set.of(), Set.of(), Set.of(), Optional.empty());

    static KafkaRemains find(ExistingKafka kafka, Migration migration, Path file) {
        Topics names = new Topics(migration.name());
        Set<String> wanted =
                Topics.of(migration).stream().map(Topics.Topic::name).collect(Collectors.toSet());
        Set<String> ours = new TreeSet<>();
        Set<String> others = new TreeSet<>();
        for (String topic : kafka.topics()) {
            boolean ofStreams = topic.startsWith(names.streamProcessorGroup() + "-");
            (wanted.contains(topic) || ofStreams ? ours : others).add(topic);
        }
        boolean alone = others.isEmpty() && kafka.access().isHosted();
        if (migration.changes().isPresent()) {
            migration.tables().forEach(table -> others.remove(migration.changeTopic(table.name())));
        }
        return new KafkaRemains(
                ours,
                kafka.groups(List.of(names.streamProcessorGroup(), names.sinkGroup())),
                others.stream()
                        .filter(topic -> topic.startsWith(migration.name() + "."))
                        .collect(Collectors.toCollection(TreeSet::new)),
                alone ? Optional.of(ExistingKafka.folder(file)) : Optional.empty());
    }

    boolean isEmpty() {
        return topics.isEmpty() && groups.isEmpty() && folder.isEmpty();
    }

    /** Removes topics and groups; the progress topic last, because it says whether a clean may go on after a failure. */
    void remove(ExistingKafka kafka, Topics names) {
        // its offsets would outlive the topics, and be taken for those of new ones
        kafka.deleteGroups(groups);
        Set<String> first = new TreeSet<>(topics);
        first.remove(names.progress());
        kafka.deleteTopics(first);
        kafka.deleteTopics(topics.contains(names.progress()) ? Set.of(names.progress()) : Set.of());
    }
}
