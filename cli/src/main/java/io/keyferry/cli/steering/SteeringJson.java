package io.keyferry.cli.steering;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.model.Steering;

/** What holds for a migration, as every JSON output tells it. */
public final class SteeringJson {

    private SteeringJson() {}

    /** @param ceiling requests to KMS a second that all instances may make at present */
    public static void put(ObjectNode node, Steering steering, int ceiling) {
        node.put("paused", steering.isPaused());
        steering.pause()
                .ifPresent(pause -> node.put("pausedBy", pause.by())
                        .put("pausedAt", pause.at().toString()));
        node.put("maxRequestsPerSecond", ceiling);
        steering.throttle()
                .ifPresent(throttle -> node.put("throttledBy", throttle.by())
                        .put("throttledAt", throttle.at().toString()));
    }
}
