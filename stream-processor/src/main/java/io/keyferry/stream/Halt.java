package io.keyferry.stream;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;

/** Words the end of a run that cannot read its changes. */
final class Halt {

    private Halt() {}

    /** The failure, with where it was met and how to go on once the connector is set as it says. */
    static KeyFerryException at(DeadLetter.Position position, Migration migration, KeyFerryException failure) {
        if (!(failure instanceof ConnectorException)) {
            return new KeyFerryException(failure.getMessage() + " (at " + position + ")", failure);
        }
        String servers =
                migration.kafka().map(Migration.Kafka::bootstrapServers).orElse("HOST:PORT");
        return new KeyFerryException(
                "A record of the connector cannot be read, at " + position + ": " + failure.getMessage()
                        + ".\nNothing is lost. If you have changed the connector, what it had written before stays in the"
                        + " topic; pass over it, and run again. The sweep finds what was in it:\n  kafka-consumer-groups.sh"
                        + " --bootstrap-server " + servers + " --group "
                        + new Topics(migration.name()).streamProcessorGroup() + " --topic " + position.topic()
                        + " --reset-offsets --to-latest --execute",
                failure);
    }
}
