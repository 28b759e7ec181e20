package io.keyferry.cli.kafka;

import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Topics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks that topics which somebody else has made keep what the migration needs. */
public final class TopicSettings {

    private static final Logger log = LoggerFactory.getLogger(TopicSettings.class);
    private static final int ANSWER_SECONDS = 30;

    private final Admin admin;
    private final String bootstrapServers;

    public TopicSettings(Admin admin, String bootstrapServers) {
        this.admin = admin;
        this.bootstrapServers = bootstrapServers;
    }

    /** @throws KeyFerryException naming the first topic with other settings than it must have */
    public void check(List<Topics.Topic> topics) throws ExecutionException, InterruptedException, TimeoutException {
        List<ConfigResource> resources =
                topics.stream().map(TopicSettings::resource).toList();
        Map<ConfigResource, Config> found;
        try {
            found = admin.describeConfigs(resources).all().get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                log.warn("Kafka does not let us see the settings of topics: cleanup.policy and retention.ms"
                        + " are not checked");
                return;
            }
            throw e;
        }
        topics.forEach(topic -> check(topic, found.get(resource(topic))));
    }

    private static ConfigResource resource(Topics.Topic topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
    }

    private void check(Topics.Topic topic, Config found) {
        // in one order, so that the command to set them is always the same
        Map<String, String> wanted = new TreeMap<>(topic.config());
        wanted.forEach((name, value) -> {
            ConfigEntry entry = found.get(name);
            if (entry == null || !value.equals(entry.value())) {
                throw new KeyFerryException("Topic " + topic.name() + " has " + name + "="
                        + (entry == null ? "" : entry.value()) + " and must have " + name + "=" + value
                        + ", or it loses what the migration still needs. Set it:\n  kafka-configs.sh"
                        + " --bootstrap-server " + bootstrapServers + " --alter --entity-type topics --entity-name "
                        + topic.name() + " --add-config " + command(wanted));
            }
        });
    }

    private static String command(Map<String, String> settings) {
        return settings.entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .collect(Collectors.joining(","));
    }
}
