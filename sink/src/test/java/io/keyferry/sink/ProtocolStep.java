package io.keyferry.sink;

import java.util.List;

/** One step of an interleaving of application, snapshot, change data capture, stream-processor and sink. */
sealed interface ProtocolStep {

    /** What the application does; session 0 commits each write at once, the others when they end. */
    sealed interface Application extends ProtocolStep {
        int session();
    }

    enum Operation {
        INSERT,
        UPDATE,
        /** Puts back, byte for byte, a value that the row had before. */
        RESTORE,
        DELETE,
        /** Changes the primary key to the other one. */
        MOVE
    }

    /**
     * Left out where it makes no sense, as an UPDATE of a row that is not there, or would wait for another session.
     *
     * @param sourceKey whether the application still encrypts under the source key
     */
    record Write(int session, Operation operation, int id, int other, boolean sourceKey, Columns columns)
            implements Application {}

    enum Columns {
        SSN,
        CARD,
        BOTH,
        /** To NULL. */
        NOTHING
    }

    record End(int session, boolean commit) implements Application {}

    /** The snapshot, or a sweep, reads these rows as they are now. */
    record Read(int from, int to) implements ProtocolStep {}

    /** The stream-processor reads on: streamed changes, or rows that were read, which may overtake them. */
    record Process(boolean streamed, int records) implements ProtocolStep {}

    /** The stream-processor goes back so many records. */
    record ProcessAgain(boolean streamed, int records) implements ProtocolStep {}

    /**
     * The sink applies the next of the journal.
     *
     * @param commits whether it lives to commit its offsets
     * @param between what the application does before each of its statements
     */
    record Apply(int records, boolean commits, List<Application> between) implements ProtocolStep {}

    /** The sink goes back so many records. */
    record ApplyAgain(int records) implements ProtocolStep {}
}
