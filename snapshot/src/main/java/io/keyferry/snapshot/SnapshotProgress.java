package io.keyferry.snapshot;

import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Struct;

/** What is told of a snapshot on the progress topic. The thread that publishes changes calls all but {@link #steer}. */
interface SnapshotProgress {

    /** One more row that was read, not streamed, has been handed on. */
    void count(TableName table);

    /**
     * What is to be told once a batch has been acknowledged.
     *
     * @param handedOn the offset of the batch's last record
     */
    List<ProducerRecord<byte[], byte[]>> news(StoredOffset handedOn);

    /** Debezium tells of a snapshot that it takes between changes; in its place among the rows that were handed on. */
    default void notified(Struct notification) {}

    /** Called now and then by the thread that watches the engine; fails where the snapshot has failed. */
    default void steer(EngineRun.Signals signals, Connection connection) throws SQLException {}
}
