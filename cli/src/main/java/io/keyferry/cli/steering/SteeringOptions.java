package io.keyferry.cli.steering;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kafka.StageGroup;
import io.keyferry.cli.terminal.Console;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Steering;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that steer have in common: the file, and how what was told is written and said. */
final class SteeringOptions {

    @Mixin
    private FileParameter file;

    @Option(names = "--json", description = "Print what holds from now on as one JSON object on standard output.")
    private boolean json;

    /** Writes what is told, and says what holds from then on. */
    int tell(Instruction instruction) {
        Console console = Console.of(json);
        Migration migration = file.load(console);
        try (KafkaAccess kafka = ControlTopic.open(migration, file.path())) {
            ControlTopic topic = new ControlTopic(migration, kafka);
            topic.write(instruction.control());
            console.line("  " + instruction.words(migration));
            console.line("  "
                    + (kafka.isHosted()
                            ? "no run hosts the embedded broker now; the next one begins so"
                            : running(migration, kafka)));
            if (json) {
                System.out.println(json(migration, topic.read()));
            }
            return 0;
        }
    }

    /** Who hears it now; what was told holds whether or not this can be found out. */
    private static String running(Migration migration, KafkaAccess kafka) {
        try {
            return running(StageName.STREAM_PROCESSOR, migration, kafka) + "; "
                    + running(StageName.SINK, migration, kafka);
        } catch (KeyFerryException e) {
            return "who hears it now is not known: " + e.getMessage();
        }
    }

    private static String running(StageName stage, Migration migration, KafkaAccess kafka) {
        try (StageGroup group = StageGroup.of(stage, migration, kafka)) {
            Set<String> hosts = group.memberHosts();
            return hosts.isEmpty()
                    ? "no " + stage.word() + " runs now; the next one begins so"
                    : "the " + stage.word() + " runs on " + String.join(", ", hosts);
        }
    }

    private static ObjectNode json(Migration migration, Steering steering) {
        ObjectNode node = new ObjectMapper().createObjectNode().put("migration", migration.name());
        SteeringJson.put(node, steering, steering.ceiling(migration.keys().maxRequestsPerSecond()));
        return node;
    }
}
