package io.keyferry.cli.kafka;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Topics;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.servers.Servers;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

class TopicSettingsIT {

    private static final List<Topics.Topic> TOPICS = new Topics("settings").all(List.of());

    @Test
    void refusesATopicThatForgetsAndTellsHowToSetIt() throws Exception {
        try (SandboxKafka kafka = Servers.kafka();
                Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            TopicSettings settings = new TopicSettings(admin, kafka.bootstrapServers());
            admin.createTopics(TOPICS.stream()
                            .map(topic ->
                                    new NewTopic(topic.name(), topic.partitions(), (short) 1).configs(topic.config()))
                            .toList())
                    .all()
                    .get();
            admin.createTopics(List.of(new NewTopic("forgetful", 1, (short) 1)))
                    .all()
                    .get();
            await().until(() -> admin.listTopics().names().get().size() == TOPICS.size() + 1);

            assertThatCode(() -> settings.check(TOPICS)).doesNotThrowAnyException();
            assertThatThrownBy(() -> settings.check(List.of(new Topics.Topic(
                            "forgetful", 1, Map.of("retention.ms", "-1", "cleanup.policy", "delete")))))
                    .isInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("forgetful has retention.ms=604800000 and must have retention.ms=-1")
                    .hasMessageContaining("--entity-name forgetful --add-config cleanup.policy=delete,retention.ms=-1");
        }
    }
}
