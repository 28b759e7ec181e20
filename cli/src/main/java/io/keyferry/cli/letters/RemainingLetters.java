package io.keyferry.cli.letters;

import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.model.Migration;
import io.keyferry.sink.LetterRows;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Values of one column that could not be moved for one reason, and that their rows still hold.
 *
 * @param reason a stable word, such as {@code wrong-context}
 * @param column {@code schema.table.column}
 * @param cure what to do about them
 */
public record RemainingLetters(String reason, String column, long values, String cure) {

    /**
     * Looks into the rows of every dead letter.
     *
     * @param kafka which stays open
     */
    public static List<RemainingLetters> read(Migration migration, ExistingKafka kafka) throws SQLException {
        LetterOptions.Filter all = new LetterOptions.Filter(Optional.empty(), Optional.empty());
        LetterGroups groups = new LetterGroups(true);
        // not closed: it would close Kafka
        Letters letters = new Letters(migration, all, kafka);
        try (LetterRows rows = letters.rows()) {
            letters.read(chunk -> groups.add(chunk, Optional.of(rows.look(chunk))));
        }
        return groups.remaining();
    }
}
