package io.keyferry.model;

/** A record on one of KeyFerry's topics is not in its format. The message never quotes the record. */
public final class UnreadableRecordException extends KeyFerryException {

    public UnreadableRecordException(String message) {
        super("the record is " + message);
    }
}
