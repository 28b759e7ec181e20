package io.keyferry.cli.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.model.StageHealth;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How the stages of this process are.
 *
 * @param stages by name, in the order they are told
 */
public record HealthReport(Map<String, StageHealth> stages) {

    public HealthReport {
        stages = Collections.unmodifiableMap(new LinkedHashMap<>(stages));
    }

    /** An answer to a probe. */
    record Answer(boolean up, String json) {}

    /** Whether no stage has failed. */
    Answer live() {
        return answer(StageHealth::live);
    }

    /** Whether every stage is at work or stands by. */
    Answer ready() {
        return answer(StageHealth::ready);
    }

    private Answer answer(Predicate<StageHealth> asked) {
        boolean up = stages.values().stream().allMatch(asked);
        ObjectNode node = new ObjectMapper().createObjectNode().put("status", up ? "up" : "down");
        ObjectNode each = node.putObject("stages");
        stages.forEach((name, health) -> each.putObject(name)
                .put("live", health.live())
                .put("ready", health.ready())
                .put("detail", health.detail()));
        return new Answer(up, node.toString());
    }
}
