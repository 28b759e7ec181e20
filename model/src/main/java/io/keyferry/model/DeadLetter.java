package io.keyferry.model;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A row with columns that could not be moved, as the dead-letter topic holds it. Texts that are longer than any
 * ciphertext are {@link RecordText#shortened}.
 *
 * @param table null, with an empty key, where the record could not be read as a change of a table
 * @param columns per column the stored value, a reason that stays the same over versions, and a message for people
 * @param from where the change or the rewrite was read
 */
public record DeadLetter(
        TableName table,
        Map<String, String> key,
        Map<String, String> context,
        Map<String, Column> columns,
        Rewrite.Source source,
        Position from,
        Instant deadLetteredAt) {

    public DeadLetter {
        key = RecordText.shortened(key);
        context = RecordText.shortened(context);
        columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    }

    /** Why a value is here. The word is what users filter by. */
    public enum Reason {
        /** KMS refused it although it was encrypted under a known key: nearly always the encryption context. */
        WRONG_CONTEXT("wrong-context"),
        /** The value is not of the column's encoding, or KMS does not know it as ciphertext. */
        NOT_CIPHERTEXT("not-ciphertext"),
        /** Ciphertext under a key that is neither a source key nor the target key. */
        UNKNOWN_KEY("unknown-key"),
        /** A column of the encryption context is NULL. */
        NULL_CONTEXT("null-context"),
        /** Under {@link Migration#verifyBeforeWrite()}: what KMS re-encrypted does not decrypt to what it was made from. */
        VERIFICATION_FAILED("verification-failed"),
        /** The new value does not fit the column. */
        TOO_LONG("too-long"),
        /** A constraint or a trigger of the database refused the new value. */
        REJECTED("rejected"),
        /** The table, the column or the row key of a rewrite is not the one of migration.yaml and the database. */
        NOT_CONFIGURED("not-configured"),
        /** The record on the topic is not a change of a migrated table. */
        UNREADABLE("unreadable");

        private final String word;

        Reason(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }

        /** The reason of a word; {@link IllegalArgumentException} where there is none. */
        public static Reason of(String word) {
            for (Reason reason : values()) {
                if (reason.word.equals(word)) {
                    return reason;
                }
            }
            throw new IllegalArgumentException("no such reason: " + word);
        }
    }

    /**
     * One column's stored value and why it is here; toString does not name the value.
     *
     * @param settings the digest of the column's settings that it failed under ({@link Migration#settings}); empty where
     *     no settings would help
     */
    public record Column(String value, Reason reason, String message, String settings) {

        public Column {
            value = RecordText.shortened(value);
        }

        @Override
        public String toString() {
            return "Column[" + reason.word() + ": " + message + "]";
        }
    }

    /** A record on a topic. */
    public record Position(String topic, int partition, long offset) {

        @Override
        public String toString() {
            return topic + ":" + partition + ":" + offset;
        }
    }

    /** Names the row, never a value. */
    @Override
    public String toString() {
        return "DeadLetter[" + table + " " + key + " " + columns + " from " + from + "]";
    }
}
