package io.keyferry.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How the rows that exist when a migration begins are read; what changes from then on, CDC brings in every mode. */
public enum SnapshotMode {

    /** By the sink's own reader, in chunks, with no more of them under way than the pipeline does in a moment. */
    SWEEP,
    /** By Debezium in chunks between the changes, paused while these lag. */
    INCREMENTAL,
    /** By Debezium before the changes, in one transaction. */
    INITIAL;

    /** The mode where migration.yaml names none. */
    public static final SnapshotMode DEFAULT = SWEEP;

    /** The mode as migration.yaml spells it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<SnapshotMode> of(String word) {
        return Arrays.stream(values()).filter(mode -> mode.word().equals(word)).findAny();
    }
}
