package io.keyferry.cli.dashboard;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.http.Dashboard;
import io.keyferry.cli.http.HealthReport;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.steering.ControlTopic;
import io.keyferry.cli.steering.Instruction;
import io.keyferry.cli.steering.SteeringJson;
import io.keyferry.cli.terminal.Operator;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Steering;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;

/** The dashboard of a run, from before its stages are there. Safe for many threads. */
public final class RunDashboard implements Dashboard {

    private static final String WHO = "dashboard";

    private final Migration migration;
    private final Supplier<HealthReport> health;
    private final ReentrantLock oneAtATime = new ReentrantLock();
    private volatile Optional<Parts> parts = Optional.empty();

    private record Parts(RunFigures figures, OutsideLook look, KafkaAccess kafka) {}

    public RunDashboard(Migration migration, Supplier<HealthReport> health) {
        this.migration = migration;
        this.health = health;
    }

    /** The stages are there. */
    public void runs(RunFigures figures, OutsideLook look, KafkaAccess kafka) {
        parts = Optional.of(new Parts(figures, look, kafka));
    }

    @Override
    public String status() {
        DashboardJson json = new DashboardJson(migration);
        HealthReport now = health.get();
        json.putHealth(now);
        Optional<OutsideLook.Seen> seen = parts.map(there -> there.look().newest());
        Steering steering = parts.map(there -> there.figures().steering()).orElse(Steering.NONE);
        json.putVerdict(Verdict.of(now, parts.isPresent(), steering, seen.flatMap(OutsideLook.Seen::status)), steering);
        parts.ifPresent(there -> json.putFigures(there.figures()));
        seen.ifPresent(json::putSeen);
        return json.text();
    }

    @Override
    public String pause() {
        return tell(Instruction.pause(Operator.here(WHO)));
    }

    @Override
    public String resume() {
        return tell(Instruction.resume(Operator.here(WHO)));
    }

    @Override
    public String throttle(OptionalInt maxRequestsPerSecond) {
        return tell(Instruction.throttle(maxRequestsPerSecond, Operator.here(WHO)));
    }

    /** One after the other: where Kafka does not answer, no more than one thread of the server waits for it. */
    private String tell(Instruction instruction) {
        Parts there = parts.orElseThrow(
                () -> new KeyFerryException(
                        "The run is still looking at database, keys and Kafka, and nothing has been told: try again in a moment."));
        if (!oneAtATime.tryLock()) {
            throw new KeyFerryException(
                    "What was told before has not been taken by Kafka yet, and nothing more has been told: try again in a"
                            + " moment.");
        }
        try {
            new ControlTopic(migration, there.kafka()).write(instruction.control());
        } catch (KafkaException e) {
            throw new KeyFerryException("Kafka has not taken it: " + e.getMessage(), e);
        } finally {
            oneAtATime.unlock();
        }
        Steering after = there.figures().steering().with(instruction.control());
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("migration", migration.name())
                .put("told", instruction.words(migration));
        SteeringJson.put(node, after, after.ceiling(migration.keys().maxRequestsPerSecond()));
        return node.toString();
    }
}
