package io.keyferry.stream;

import io.keyferry.model.KeyFerryException;
import io.keyferry.model.UnreadableRecordException;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;

/** Reads the records of a topic as changes. Safe for many threads. */
interface ChangeReader {

    /**
     * Reads one record.
     *
     * @return empty where the record changes no value: a delete, a tombstone, a message
     * @throws UnreadableRecordException where it is no change of a migrated table
     * @throws KeyFerryException where no record like it can be read, so that to go on would leave out all of them
     * @throws RegistryUnavailableException where it cannot be told just now
     */
    Optional<Change> read(byte[] key, byte[] value, Headers headers);
}
